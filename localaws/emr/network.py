"""What EMR finds out about a cluster's subnets and security groups when it starts the cluster, from moto's EC2.

The service role's managed policy lets EMR act only on subnets and groups with its tag. Where one lacks it, the cluster starts and
ends with this message, seen at https://github.com/terraform-aws-modules/terraform-aws-emr/issues/3. A subnet that does not
exist: https://github.com/Wittline/pyspark-on-aws-emr/issues/3.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.emr.models import emr_backends

from localaws.emr import placement
from localaws.emr.errors import EmrError, invalid

Shape = dict[str, Any]

TAG = ("for-use-with-amazon-emr-managed-policies", "true")
GROUPS = ("EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup")


def check_request(request: Shape, account: str, region: str) -> None:
    """Raises EmrError for groups that RunJobFlow takes in pairs only, and for a security configuration that does not exist."""
    instances = request["Instances"]
    if bool(instances.get(GROUPS[0])) != bool(instances.get(GROUPS[1])):
        raise invalid(f"You must specify both {GROUPS[0]} and {GROUPS[1]}.")
    name = request.get("SecurityConfiguration")
    if name and name not in emr_backends[account][region].security_configurations:
        raise EmrError("InvalidRequestException", f"Security configuration with name '{name}' does not exist.")


def problem(request: Shape, account: str, region: str) -> str:
    """Why EMR ends a cluster of this request while it starts it, by the code VALIDATION_ERROR; "" if it does not."""
    instances, ec2 = request["Instances"], ec2_backends[account][region]
    tags = {
        name: ec2.describe_tags(filters={"resource-id": [name]}) for name in _subnets(instances) + _groups(instances)
    }
    existing = {subnet.id for subnet in ec2.describe_subnets()}
    if missing := [name for name in _subnets(instances) if name not in existing]:
        return (
            "The VPC/subnet configuration was invalid: The subnet configuration was invalid: "
            f"The subnet {missing[0]} does not exist."
        )
    if any(TAG not in [(tag["key"], tag["value"]) for tag in of] for of in tags.values()):
        role = request.get("ServiceRole", "")
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{account}:role/{role}"
        return f"Service role {arn} has insufficient EC2 permissions"
    return placement.problem(instances, _subnets(instances), account, region)


def _subnets(instances: Shape) -> list[str]:
    return [name for name in (instances.get("Ec2SubnetId"), *instances.get("Ec2SubnetIds", [])) if name]


def _groups(instances: Shape) -> list[str]:
    return [instances[name] for name in GROUPS if instances.get(name)]
