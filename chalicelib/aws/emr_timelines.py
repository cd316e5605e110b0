"""What EMR itself says of when a jobflow and its steps did what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.clients import answering, client

_WORDS = {
    "CreationDateTime": "created",
    "ReadyDateTime": "ready",
    "StartDateTime": "started",
    "EndDateTime": "ended",
}


@dataclass(frozen=True)
class Event:
    """One point of EMR's timeline."""

    at: datetime
    what: str
    detail: str = ""


def of_jobflow(jobflow_id: str) -> list[Event]:
    """The timeline of a jobflow and of its steps. EMR forgets it after two months.

    Raises:
        Unavailable: EMR does not answer, or does not know it any more.
    """
    with answering("read the cluster's timeline"):
        emr = client("emr")
        cluster = emr.describe_cluster(ClusterId=jobflow_id)["Cluster"]
        steps = emr.list_steps(ClusterId=jobflow_id)["Steps"]
    of_cluster = list(_points("Cluster", cluster["Status"]))
    return of_cluster + [point for step in steps for point in _points(f"Step {step['Name']}", step["Status"])]


def _points(what: str, status: Mapping[str, Any]) -> Iterator[Event]:
    for name, at in status.get("Timeline", {}).items():
        reason = status.get("StateChangeReason", {}).get("Message", "") if name == "EndDateTime" else ""
        state = f": {status['State']}" if name == "EndDateTime" else ""
        yield Event(at.astimezone(UTC), f"{what} {_WORDS.get(name, name)}{state}", reason)
