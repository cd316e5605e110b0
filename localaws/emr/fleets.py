"""What EMR requires of a request's instances beyond its service model, and how it describes fleets.

After "Create a cluster with instance fleets or uniform instance groups" in the EMR Management Guide and the API's pages of
InstanceFleetConfig, InstanceTypeConfig and SpotProvisioningSpecification.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

Shape = dict[str, Any]

_SPOT_TIMEOUT_MINUTES = (5, 1440)


def refusal(instances: Shape) -> str:
    """RunJobFlow's reason to refuse these Instances, "" if it accepts them."""
    fleets, groups = instances.get("InstanceFleets"), instances.get("InstanceGroups")
    if sum(map(bool, (fleets, groups, instances.get("MasterInstanceType")))) != 1:
        return "Instances must name either InstanceFleets, or InstanceGroups, or a MasterInstanceType."
    if instances.get("Ec2SubnetId") and instances.get("Ec2SubnetIds"):
        return "Ec2SubnetId and Ec2SubnetIds exclude each other."
    if len(instances.get("Ec2SubnetIds", [])) > 1 and not fleets:
        return "Several subnets are for instance fleets only."
    if groups:
        return _roles_refusal([group["InstanceRole"] for group in groups], "instance group")
    refusals = (_fleet_refusal(fleet) for fleet in fleets or [])
    return _roles_refusal([fleet["InstanceFleetType"] for fleet in fleets or []], "instance fleet") or next(
        filter(None, refusals), ""
    )


def _roles_refusal(roles: list[str], noun: str) -> str:
    count = Counter(roles)
    if roles and count["MASTER"] != 1:
        return f"Exactly one {noun} must have the role MASTER."
    if count["CORE"] > 1 or (noun == "instance fleet" and count["TASK"] > 1):
        return f"Only one {noun} may have the role CORE, and one fleet TASK."
    return ""


def _fleet_refusal(fleet: Shape) -> str:
    on_demand, spot = fleet.get("TargetOnDemandCapacity", 0), fleet.get("TargetSpotCapacity", 0)
    types = fleet.get("InstanceTypeConfigs", [])
    if fleet["InstanceFleetType"] == "MASTER" and sorted((on_demand, spot)) != [0, 1]:
        return "A master fleet has one of TargetOnDemandCapacity and TargetSpotCapacity, and it is 1."
    if on_demand + spot < 1:
        return "TargetOnDemandCapacity or TargetSpotCapacity must be greater than 0."
    if any(kind.get("WeightedCapacity", 1) < 1 for kind in types):
        return "WeightedCapacity must be 1 or greater."
    if len({kind["InstanceType"] for kind in types}) != len(types):
        return "An instance type is named twice."
    return _spot_refusal(fleet, len(types))


def _spot_refusal(fleet: Shape, types: int) -> str:
    specifications = fleet.get("LaunchSpecifications", {})
    spot = specifications.get("SpotSpecification", {})
    max_types = 30 if spot.get("AllocationStrategy") and specifications.get("OnDemandSpecification") else 5
    if not 1 <= types <= max_types:
        return f"A fleet names 1 to {max_types} instance types."
    if spot and not _SPOT_TIMEOUT_MINUTES[0] <= spot["TimeoutDurationMinutes"] <= _SPOT_TIMEOUT_MINUTES[1]:
        return "TimeoutDurationMinutes must be between 5 and 1440."
    return ""


def spot_timeout(instances: Shape) -> float | None:
    """Seconds that the fleets wait for spot capacity before they do what TimeoutAction says; None without spot."""
    minutes = [_spot(fleet)["TimeoutDurationMinutes"] for fleet in instances.get("InstanceFleets", []) if _spot(fleet)]
    return min(minutes) * 60.0 if minutes else None


def ends_without_spot(instances: Shape) -> bool:
    """Whether the cluster ends, instead of going on with instances on demand, when there is no spot capacity in time."""
    return any(
        _spot(fleet).get("TimeoutAction") == "TERMINATE_CLUSTER" for fleet in instances.get("InstanceFleets", [])
    )


def _spot(fleet: Shape) -> Shape:
    specification: Shape = fleet.get("LaunchSpecifications", {}).get("SpotSpecification", {})
    return specification if fleet.get("TargetSpotCapacity") else {}


def nodes(fleet: Shape) -> tuple[str, str, int]:
    """Role, first instance type and number of nodes."""
    count = fleet.get("TargetOnDemandCapacity", 0) + fleet.get("TargetSpotCapacity", 0)
    return fleet["InstanceFleetType"], fleet["InstanceTypeConfigs"][0]["InstanceType"], count


def describe(fleet: Shape, fleet_id: str, state: str, market: str, timeline: dict[str, datetime]) -> Shape:
    """A member of ListInstanceFleets. `market` is what fulfilled the spot target: "SPOT", "ON_DEMAND", or "" so far."""
    on_demand, spot = fleet.get("TargetOnDemandCapacity", 0), fleet.get("TargetSpotCapacity", 0)
    # On-demand instances do not wait for spot ones: a fleet of both has the former from the beginning.
    return {
        "Id": fleet_id,
        "Name": fleet.get("Name", ""),
        "Status": {"State": state, "StateChangeReason": {}, "Timeline": timeline},
        "InstanceFleetType": fleet["InstanceFleetType"],
        "TargetOnDemandCapacity": on_demand,
        "TargetSpotCapacity": spot,
        "ProvisionedOnDemandCapacity": on_demand + (spot if market == "ON_DEMAND" else 0),
        "ProvisionedSpotCapacity": spot if market == "SPOT" else 0,
        "InstanceTypeSpecifications": [dict(kind) for kind in fleet["InstanceTypeConfigs"]],
        "LaunchSpecifications": fleet.get("LaunchSpecifications", {}),
    }
