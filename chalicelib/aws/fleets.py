"""Instance fleets: the machines that EMR gets for a jobflow from a choice of instance types and of markets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.clients import answering, client

PROVISIONING = "EMR Instance Fleet Provisioning"
"""EMR's event that it cannot get a fleet's machines for now. It comes best effort, and again while that lasts:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-events-response-insuff-capacity.html"""


@dataclass(frozen=True)
class Fleet:
    """One fleet: how many machines are wanted and there (every type weighs one), and its patience with spot."""

    state: str
    wanted: int
    there: int
    spot_timeout: timedelta | None
    created_at: datetime

    @property
    def awaits_spot(self) -> bool:
        return self.state == "PROVISIONING" and self.spot_timeout is not None and self.there < self.wanted


def of_jobflow(jobflow_id: str) -> list[Fleet]:
    """The fleets of a jobflow that has them, as they stand.

    Raises:
        Unavailable: EMR does not answer or throttles, or the jobflow has instance groups.
    """
    with answering("list the machines of the cluster"):
        pages = client("emr").get_paginator("list_instance_fleets").paginate(ClusterId=jobflow_id)
        return [_fleet(found) for answer in pages for found in answer["InstanceFleets"]]


def on_spot(jobflow_id: str) -> Counter[str]:
    """How many machines of each instance type a jobflow has on spot at present; empty when EMR took all on demand.

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("list the machines of the cluster"):
        pages = client("emr").get_paginator("list_instances").paginate(ClusterId=jobflow_id, InstanceStates=["RUNNING"])
        running = [found for answer in pages for found in answer["Instances"]]
    return Counter(found["InstanceType"] for found in running if found["Market"] == "SPOT")


def _fleet(found: Mapping[str, Any]) -> Fleet:
    spot = found.get("LaunchSpecifications", {}).get("SpotSpecification")
    return Fleet(
        state=found["Status"]["State"],
        wanted=found.get("TargetOnDemandCapacity", 0) + found.get("TargetSpotCapacity", 0),
        there=found.get("ProvisionedOnDemandCapacity", 0) + found.get("ProvisionedSpotCapacity", 0),
        spot_timeout=timedelta(minutes=spot["TimeoutDurationMinutes"]) if spot else None,
        created_at=found["Status"]["Timeline"]["CreationDateTime"].astimezone(UTC),
    )
