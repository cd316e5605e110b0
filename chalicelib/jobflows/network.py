"""Where in the network a cluster's machines are: the subnet, and the security groups that the template makes.

https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-sg-specify.html
"""

from __future__ import annotations

from typing import Any

from chalicelib.core.config import Settings

Shape = dict[str, Any]


def of_groups(settings: Settings) -> Shape:
    """The network of instance groups, for the Instances of a request: they take one subnet, the first."""
    return {"Ec2SubnetId": settings.emr_subnet_ids[0]} | _security_groups(settings)


def of_fleets(settings: Settings) -> Shape:
    """The network of instance fleets: of several subnets, EMR takes the one where it finds the most capacity."""
    return {"Ec2SubnetIds": list(settings.emr_subnet_ids)} | _security_groups(settings)


def _security_groups(settings: Settings) -> Shape:
    """EMR must be told the group through which it reaches a private subnet, and takes none for a public one."""
    groups = {
        "EmrManagedMasterSecurityGroup": settings.emr_master_group,
        "EmrManagedSlaveSecurityGroup": settings.emr_worker_group,
    }
    return groups | ({"ServiceAccessSecurityGroup": settings.emr_service_group} if settings.private_subnets else {})
