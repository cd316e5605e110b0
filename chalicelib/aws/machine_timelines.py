"""The machines of a jobflow, each with when it was there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.clients import answering, client

INTERRUPTED = "INSTANCE_FAILURE"
"""EMR's code for a machine that ended by itself; one on spot was taken back by EC2.
https://docs.aws.amazon.com/emr/latest/APIReference/API_InstanceStateChangeReason.html"""


@dataclass(frozen=True)
class Instance:
    """One machine: its role (MASTER, CORE, TASK), type and market (ON_DEMAND, SPOT), from its launch to its end, which is None
    while it is there; and whether it ended by itself."""

    role: str
    type: str
    market: str
    started: datetime
    ended: datetime | None
    failed: bool


def of_jobflow(jobflow_id: str) -> list[Instance]:
    """All machines that a jobflow has had, also those that were replaced. Those that EC2 never started are left out.

    Raises:
        Unavailable: EMR does not answer or throttles.
    """
    with answering("list the machines of the cluster"):
        emr = client("emr")
        pages = emr.get_paginator("list_instances").paginate(ClusterId=jobflow_id)
        machines = [machine for answer in pages for machine in answer["Instances"]]
        roles = _roles(emr, jobflow_id, in_fleets=any("InstanceFleetId" in machine for machine in machines))
    return [_instance(machine, roles) for machine in machines if "CreationDateTime" in _timeline(machine)]


def _roles(emr: Any, jobflow_id: str, in_fleets: bool) -> dict[str, str]:
    """The role of each fleet or group by its id."""
    operation, members, kind = (
        ("list_instance_fleets", "InstanceFleets", "InstanceFleetType")
        if in_fleets
        else ("list_instance_groups", "InstanceGroups", "InstanceGroupType")
    )
    pages = emr.get_paginator(operation).paginate(ClusterId=jobflow_id)
    return {one["Id"]: one[kind] for answer in pages for one in answer[members]}


def _timeline(machine: Mapping[str, Any]) -> Mapping[str, datetime]:
    timeline: Mapping[str, datetime] = machine["Status"].get("Timeline", {})
    return timeline


def _instance(machine: Mapping[str, Any], roles: Mapping[str, str]) -> Instance:
    timeline, reason = _timeline(machine), machine["Status"].get("StateChangeReason", {})
    group = machine.get("InstanceFleetId") or machine.get("InstanceGroupId", "")
    ended = timeline.get("EndDateTime")
    return Instance(
        role=roles.get(group, ""),
        type=machine["InstanceType"],
        market=machine.get("Market", "ON_DEMAND"),
        started=timeline["CreationDateTime"].astimezone(UTC),
        ended=ended.astimezone(UTC) if ended else None,
        failed=reason.get("Code") == INTERRUPTED,
    )
