"""The events EMR sends to EventBridge: their texts and fields.

After "Monitoring Amazon EMR events with CloudWatch" in the EMR Management Guide. There are none for BOOTSTRAPPING and
TERMINATING, nor for a step that was interrupted.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

CLUSTER_EVENT = "EMR Cluster State Change"
STEP_EVENT = "EMR Step Status Change"
FLEET_EVENT = "EMR Instance Fleet Provisioning"

_NORMAL_ENDS = ("USER_REQUEST", "ALL_STEPS_COMPLETED")


@dataclass(frozen=True)
class Label:
    """How an event's text names a cluster or a step: its id and its name."""

    id: str
    name: str

    def __str__(self) -> str:
        return f"{self.id} ({self.name})"


def cluster_detail(cluster: Label, state: str, code: str | None, reason: str, now: datetime, ran_steps: bool) -> Any:
    """The `detail` of a cluster's event, None for a state that EMR does not publish.

    `stateChangeReason` is JSON in a string, as EMR sends it. `ran_steps` says that steps ran before WAITING.
    """
    when = _minute(now)
    messages = {
        "STARTING": f"Amazon EMR cluster {cluster} was requested at {when} and is being created.",
        "RUNNING": f"Amazon EMR cluster {cluster} began running steps at {when}.",
        "WAITING": f"Amazon EMR cluster {cluster} finished running all pending steps at {when}."
        if ran_steps
        else f"Amazon EMR cluster {cluster} was created at {when} and is ready for use.",
        "TERMINATED": f"Amazon EMR Cluster {cluster} has terminated at {when} with a reason of {code}.",
        "TERMINATED_WITH_ERRORS": (
            f"Amazon EMR Cluster {cluster} has terminated with errors at {when} with a reason of {code}."
        ),
    }
    if state not in messages:
        return None
    return {
        "severity": "CRITICAL" if code and code not in _NORMAL_ENDS else "INFO",
        "stateChangeReason": json.dumps({"code": code or "", "message": reason}, separators=(",", ":")),
        "name": cluster.name,
        "clusterId": cluster.id,
        "state": state,
        "message": messages[state],
    }


def shortage_detail(cluster: Label) -> Any:
    """The `detail` of the event about a fleet that gets no instances. Only members that AWS shows in use: see "Responding
    to Amazon EMR cluster insufficient instance capacity events" in the EMR Management Guide."""
    return {
        "severity": "WARN",
        "clusterId": cluster.id,
        "eventCode": "EC2 provisioning - Insufficient Instance Capacity",
        "message": f"Amazon EC2 has insufficient Spot capacity for an instance fleet of Amazon EMR cluster {cluster}.",
    }


def step_detail(
    step: Label, cluster: Label, state: str, on_failure: str, now: datetime, started: datetime | None
) -> Any:
    """The `detail` of a step's event, None for a state that EMR does not publish."""
    when = _minute(now)
    minutes = int((now - started).total_seconds() // 60) if started else 0
    began = _minute(started) if started else when
    of = f"Step {step} in Amazon EMR cluster {cluster}"
    messages = {
        "PENDING": f"Step {step} was added to Amazon EMR cluster {cluster} at {when} and is pending execution.",
        "RUNNING": f"{of} started running at {when}.",
        "COMPLETED": f"{of} completed execution at {when}. The step started running at {began} and took {minutes} "
        "minutes to complete.",
        "CANCELLED": f"Cancellation request has succeeded for cluster step {step} in Amazon EMR cluster {cluster} "
        f"at {when}, and the step is now cancelled.",
        "FAILED": f"{of} failed at {when}.",
    }
    if state not in messages:
        return None
    return {
        "severity": {"FAILED": "ERROR", "CANCELLED": "WARN"}.get(state, "INFO"),
        "actionOnFailure": on_failure,
        "stepId": step.id,
        "name": step.name,
        "clusterId": cluster.id,
        "state": state,
        "message": messages[state],
    }


def _minute(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
