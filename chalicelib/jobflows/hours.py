"""Normalized instance hours, EMR's measure of what a cluster used, from when it started to when it ended.

EMR counts, for each instance, one for every hour that an m1.small runs, and more for larger instances by their size:
https://docs.aws.amazon.com/emr/latest/APIReference/API_Cluster.html (NormalizedInstanceHours). A begun hour of an instance
counts whole. Pure: nothing here reads a clock or calls AWS.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

HOUR = timedelta(hours=1)
_SIZES = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0, "xlarge": 8.0}


def weight(instance_type: str) -> float:
    """What one hour of this type counts: 1 for a small, doubled by each size up to 8 for an xlarge, n times that for n-xlarge.

    A size that we do not know, such as metal, counts as an xlarge: it is an estimate until EMR gives its own figure.
    """
    size = instance_type.rpartition(".")[2]
    times = size.removesuffix("xlarge")
    if size.endswith("xlarge") and times.isdecimal():
        return _SIZES["xlarge"] * int(times)
    return _SIZES.get(size, _SIZES["xlarge"])


def begun_hours(started: datetime, ended: datetime) -> int:
    """The hours begun between two moments: 0 when no time passed, 1 up to an hour, 25 for a day and an hour.

    Python subtracts two times of one zone by the wall clock; in UTC a night with a change of the clocks has its true length.
    """
    span = ended.astimezone(UTC) - started.astimezone(UTC)
    return max(0, math.ceil(span / HOUR))


def hourly(request: Mapping[str, Any]) -> float:
    """What each hour of the cluster that a RunJobFlow request asks for counts.

    Of the types that a fleet may choose from, the one that counts most: an estimate should not flatter.
    """
    instances = request["Instances"]
    counted = sum(
        weight(group["InstanceType"]) * group["InstanceCount"] for group in instances.get("InstanceGroups", [])
    )
    for fleet in instances.get("InstanceFleets", []):
        most = max(weight(config["InstanceType"]) for config in fleet["InstanceTypeConfigs"])
        counted += most * (fleet.get("TargetOnDemandCapacity", 0) + fleet.get("TargetSpotCapacity", 0))
    return float(counted)


def estimated(started: datetime, ended: datetime, each_hour: float) -> int:
    """The normalized instance hours of instances that all ran from the start to the end and count so much an hour."""
    return math.ceil(begun_hours(started, ended) * each_hour)
