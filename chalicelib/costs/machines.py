"""The machines that EMR is asked for, and the storage that each has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ROOT_GIB = 15
"""The root volume of every machine, from EMR 6.10 on:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-custom-ami-root-volume-size.html"""
GIB_OF_LARGE, GIB_OF_XLARGE = 32, 64
"""What EMR attaches to a machine that has EBS storage only, and as many times as much to an n-xlarge:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-storage.html"""


class Market(StrEnum):
    """How a machine is bought, in EMR's words."""

    ON_DEMAND = "ON_DEMAND"
    SPOT = "SPOT"


WORDS = {Market.ON_DEMAND: "on demand", Market.SPOT: "on spot"}


@dataclass(frozen=True)
class Machines:
    """So many machines of one role, of one of these types."""

    role: str
    types: tuple[str, ...]
    market: Market
    count: int


def of_request(instances: Mapping[str, Any]) -> list[Machines]:
    """The machines of the Instances of a RunJobFlow request."""
    machines = [
        Machines(group["InstanceRole"], (group["InstanceType"],), Market(group["Market"]), group["InstanceCount"])
        for group in instances.get("InstanceGroups", [])
    ]
    for fleet in instances.get("InstanceFleets", []):
        types = tuple(config["InstanceType"] for config in fleet["InstanceTypeConfigs"])
        for market, key in ((Market.ON_DEMAND, "TargetOnDemandCapacity"), (Market.SPOT, "TargetSpotCapacity")):
            if count := fleet.get(key, 0):
                machines.append(Machines(fleet["InstanceFleetType"], types, market, count))
    return machines


def storage_gib(instance_type: str) -> int:
    """The gigabytes of EBS that EMR attaches to a machine of this type when the request names none."""
    family, _, size = instance_type.partition(".")
    if _has_own_disks(family):
        return ROOT_GIB
    times = size.removesuffix("xlarge")
    if size.endswith("xlarge"):
        return ROOT_GIB + GIB_OF_XLARGE * (int(times) if times.isdecimal() else 1)
    return ROOT_GIB + GIB_OF_LARGE


def _has_own_disks(family: str) -> bool:
    """Families such as m5d, r6gd, i4i and d3 have disks of their own, by the letters of their names:
    https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html"""
    generation = next((place for place, sign in enumerate(family) if sign.isdecimal()), len(family))
    return family[:generation] in ("i", "d", "h", "is", "im") or "d" in family[generation:]
