"""Whether the availability zones of a request's subnets have the instance types that it names.

In EMR's own words: https://github.com/aquasecurity/cloudsploit/pull/951. RunJobFlow answers before EMR looks.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends

from localaws.emr import catalogue

Shape = dict[str, Any]
_LEARN_MORE = "Learn more at https://docs.aws.amazon.com/console/elasticmapreduce/ERROR_noinstancetype"


def problem(instances: Shape, subnets: list[str], account: str, region: str) -> str:
    """Why EMR ends the cluster with a VALIDATION_ERROR, or "". Of several subnets it takes one that has what is asked for."""
    zones = [each.availability_zone for each in ec2_backends[account][region].describe_subnets() if each.id in subnets]
    missing = [_missing(instances, region, zone) for zone in zones]
    if not missing or not all(missing):
        return ""
    return (
        f"The requested instance type {missing[0]} is not supported in the requested availability zone. {_LEARN_MORE}"
    )


def types_of_each(instances: Shape) -> list[list[str]]:
    """For each group or fleet, the instance types that it may be made of."""
    groups = [[group["InstanceType"]] for group in instances.get("InstanceGroups", [])]
    fleets = [
        [config["InstanceType"] for config in fleet.get("InstanceTypeConfigs", [])]
        for fleet in instances.get("InstanceFleets", [])
    ]
    single = [[instances[name]] for name in ("MasterInstanceType", "SlaveInstanceType") if instances.get(name)]
    return groups + fleets + single


def _missing(instances: Shape, region: str, zone: str) -> str:
    for types in types_of_each(instances):
        if types and not any(catalogue.is_offered(each, region, zone) for each in types):
            return types[0]
    return ""
