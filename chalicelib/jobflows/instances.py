"""The machines of a cluster as RunJobFlow wants them: instance groups on demand, or instance fleets with workers on spot.

A cluster of one worker is its master alone. Groups and fleets exclude each other within one cluster, so with spot the
master is a fleet of one as well: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-instance-group-configuration.html
"""

from __future__ import annotations

from typing import Any

from chalicelib.core.config import Settings
from chalicelib.jobflows import network
from chalicelib.site_settings.settings import SiteSettings

Shape = dict[str, Any]


def on_spot(size: int, site: SiteSettings) -> bool:
    """Whether a cluster of this size has workers on spot instances."""
    return site.spot and size > 1


def instances(size: int, settings: Settings, site: SiteSettings) -> Shape:
    """The Instances of the request. `size` counts workers."""
    workers = site.worker_types or [settings.worker_instance_type]
    if on_spot(size, site):
        fleets = [_master_fleet(settings.master_instance_type)]
        fleets += [_spot_fleet(kind, count, workers, site) for kind, count in _workers(size, site)]
        return {"InstanceFleets": fleets} | network.of_fleets(settings)
    groups = [_group("MASTER", settings.master_instance_type, 1)]
    groups += [_group(kind, workers[0], count) for kind, count in _workers(size, site)]
    return {"InstanceGroups": groups} | network.of_groups(settings)


def _workers(size: int, site: SiteSettings) -> list[tuple[str, int]]:
    """Core and task nodes; at least one worker is a core node, because somebody must keep HDFS."""
    if size == 1:
        return []
    task = min(site.task_size, size - 1)
    return [("CORE", size - task)] + ([("TASK", task)] if task else [])


def _group(role: str, instance_type: str, count: int) -> Shape:
    return {
        "Name": role.title(),
        "InstanceRole": role,
        "InstanceType": instance_type,
        "InstanceCount": count,
        "Market": "ON_DEMAND",
    }


def _master_fleet(instance_type: str) -> Shape:
    return {
        "Name": "Master",
        "InstanceFleetType": "MASTER",
        "TargetOnDemandCapacity": 1,
        "InstanceTypeConfigs": [{"InstanceType": instance_type}],
    }


def _spot_fleet(kind: str, count: int, types: list[str], site: SiteSettings) -> Shape:
    """Every type weighs one, so that the capacity counts workers."""
    return {
        "Name": kind.title(),
        "InstanceFleetType": kind,
        "TargetSpotCapacity": count,
        "InstanceTypeConfigs": [
            {
                "InstanceType": instance_type,
                "WeightedCapacity": 1,
                "BidPriceAsPercentageOfOnDemandPrice": site.spot_price,
            }
            for instance_type in types
        ],
        "LaunchSpecifications": {
            # What takes the place of spot; with both strategies a fleet may name up to 30 types.
            "OnDemandSpecification": {"AllocationStrategy": "lowest-price"},
            "SpotSpecification": {
                "AllocationStrategy": "price-capacity-optimized",
                "TimeoutDurationMinutes": site.spot_timeout,
                "TimeoutAction": "SWITCH_TO_ON_DEMAND",
            },
        },
    }
