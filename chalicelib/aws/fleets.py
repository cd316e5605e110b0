"""Instance fleets: the machines that EMR gets for a jobflow from a choice of instance types and of markets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.aws.clients import answering, client

PROVISIONING = "EMR Instance Fleet Provisioning"
"""EMR's event that it cannot get a fleet's machines for now. Delivery is best effort; the event repeats while that lasts:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-events-response-insuff-capacity.html"""


@dataclass(frozen=True)
class Fleet:
    """One fleet: how many machines EMR is to provision and has (every type weighs one), and how long it waits for spot."""

    state: str
    target: int
    provisioned: int
    spot_timeout: timedelta | None
    created_at: datetime

    @property
    def awaits_spot(self) -> bool:
        return self.state == "PROVISIONING" and self.spot_timeout is not None and self.provisioned < self.target


def of_jobflow(jobflow_id: str) -> list[Fleet]:
    """The fleets of a jobflow that has them, as they stand.

    Raises:
        Unavailable: EMR does not answer or throttles, or the jobflow has instance groups.
    """
    with answering("list the machines of the cluster"):
        pages = client("emr").get_paginator("list_instance_fleets").paginate(ClusterId=jobflow_id)
        return [_fleet(fleet) for answer in pages for fleet in answer["InstanceFleets"]]


def on_spot(jobflow_id: str) -> Counter[str]:
    """How many machines of each instance type a jobflow has on spot at present; empty when EMR took all on demand.

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("list the machines of the cluster"):
        pages = client("emr").get_paginator("list_instances").paginate(ClusterId=jobflow_id, InstanceStates=["RUNNING"])
        running = [machine for answer in pages for machine in answer["Instances"]]
    return Counter(machine["InstanceType"] for machine in running if machine["Market"] == "SPOT")


def _fleet(fleet: Mapping[str, Any]) -> Fleet:
    spot = fleet.get("LaunchSpecifications", {}).get("SpotSpecification")
    return Fleet(
        state=fleet["Status"]["State"],
        target=fleet.get("TargetOnDemandCapacity", 0) + fleet.get("TargetSpotCapacity", 0),
        provisioned=fleet.get("ProvisionedOnDemandCapacity", 0) + fleet.get("ProvisionedSpotCapacity", 0),
        spot_timeout=timedelta(minutes=spot["TimeoutDurationMinutes"]) if spot else None,
        created_at=fleet["Status"]["Timeline"]["CreationDateTime"].astimezone(UTC),
    )
