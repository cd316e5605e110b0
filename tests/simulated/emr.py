"""EMR on a timeline: job clusters that start, run their one step for as long as the test says, and end; their events."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from localaws.emr import EmrError
from localaws.emr.events import CLUSTER_EVENT, STEP_EVENT
from localaws.emr.steps import new_id
from tests.simulated.timeline import Timeline

START, END = 240, 60
"""Seconds that a cluster takes to start and to end."""
GOING = ("STARTING", "RUNNING")


@dataclass(frozen=True)
class Notebook:
    """What a run's notebook does: after so many minutes its step ends like this."""

    minutes: float
    state: str = "COMPLETED"


@dataclass
class Cluster:
    id: str
    request: Any
    created: datetime
    state: str = "STARTING"
    reason: dict[str, str] = field(default_factory=dict)
    step: str = "PENDING"
    ready: datetime | None = None
    ended: datetime | None = None

    @property
    def record(self) -> str:
        return str(next(tag["Value"] for tag in self.request["Tags"] if tag["Key"] == "Record"))


class Emr:
    """`notebook_of(record id)` says what a run does; events go to `deliver`."""

    def __init__(
        self, timeline: Timeline, notebook_of: Callable[[str], Notebook], deliver: Callable[[Any], None]
    ) -> None:
        self.timeline, self.notebook_of, self.deliver = timeline, notebook_of, deliver
        self.clusters: dict[str, Cluster] = {}
        self.reported: Callable[[str, str], None] = lambda record, state: None
        """What a notebook leaves when its step ends: the runner's word on how it ended."""

    def alive(self) -> list[Cluster]:
        return [cluster for cluster in self.clusters.values() if cluster.state in (*GOING, "TERMINATING")]

    def call(self, operation: str, params: Any) -> Any:
        if operation == "RunJobFlow":
            return self._run(params)
        if operation == "TerminateJobFlows":
            for name in params["JobFlowIds"]:
                self._end(self.clusters[name], "TERMINATED", "USER_REQUEST", "Terminated by user request")
            return {}
        if operation == "DescribeCluster":
            return {"Cluster": self._told(self.clusters[params["ClusterId"]])}
        if operation == "ListClusters":
            return {
                "Clusters": [self._told(cluster) for cluster in self.clusters.values() if _is_asked(cluster, params)]
            }
        if operation == "ListSteps":
            cluster = self.clusters[params["ClusterId"]]
            times = {"CreationDateTime": cluster.created.timestamp()}
            return {"Steps": [{"Id": "s-1", "Name": "notebook", "Status": {"State": cluster.step, "Timeline": times}}]}
        raise EmrError("UnknownOperationException", operation)

    def _run(self, request: Any) -> Any:
        made = Cluster(new_id("j"), request, self.timeline.now)
        self.clusters[made.id] = made
        self._announce(made, "STARTING")
        self.timeline.after(START, lambda: self._begin(made))
        return {"JobFlowId": made.id}

    def _begin(self, cluster: Cluster) -> None:
        if cluster.state != "STARTING":
            return
        cluster.state, cluster.step, cluster.ready = "RUNNING", "RUNNING", self.timeline.now
        self._announce(cluster, "RUNNING")
        notebook = self.notebook_of(cluster.record)
        self.timeline.after(notebook.minutes * 60, lambda: self._finish(cluster, notebook.state))

    def _finish(self, cluster: Cluster, state: str) -> None:
        if cluster.state != "RUNNING":
            return
        cluster.step = state
        self.reported(cluster.record, state)
        detail = {
            "clusterId": cluster.id,
            "stepId": "s-1",
            "name": "notebook",
            "state": state,
            "message": f"It {state}.",
        }
        self._deliver(STEP_EVENT, detail)
        if state == "COMPLETED":
            self._end(cluster, "TERMINATED", "ALL_STEPS_COMPLETED", "Steps completed")
        else:
            self._end(cluster, "TERMINATED_WITH_ERRORS", "STEP_FAILURE", "Shut down as step failed")

    def _end(self, cluster: Cluster, state: str, code: str, message: str) -> None:
        if cluster.state not in GOING:
            return
        cluster.state, cluster.reason = "TERMINATING", {"Code": code, "Message": message}
        self.timeline.after(END, lambda: self._ended(cluster, state))

    def _ended(self, cluster: Cluster, state: str) -> None:
        cluster.state, cluster.ended = state, self.timeline.now
        self._announce(cluster, state)

    def _announce(self, cluster: Cluster, state: str) -> None:
        reason = json.dumps({key.lower(): value for key, value in cluster.reason.items()})
        name = cluster.request["Name"]
        self._deliver(
            CLUSTER_EVENT, {"clusterId": cluster.id, "state": state, "name": name, "stateChangeReason": reason}
        )

    def _deliver(self, kind: str, detail: Any) -> None:
        time = self.timeline.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.deliver({"source": "aws.emr", "detail-type": kind, "time": time, "detail": detail})

    def _told(self, cluster: Cluster) -> Any:
        moments = {
            "CreationDateTime": cluster.created,
            "ReadyDateTime": cluster.ready,
            "EndDateTime": cluster.ended,
        }
        times = {name: moment.timestamp() for name, moment in moments.items() if moment}
        return {
            "Id": cluster.id,
            "Name": cluster.request["Name"],
            "Status": {"State": cluster.state, "StateChangeReason": cluster.reason, "Timeline": times},
            "NormalizedInstanceHours": 8 if cluster.ready else 0,
            "Tags": cluster.request["Tags"],
        }


def _is_asked(cluster: Cluster, params: Any) -> bool:
    states, after = params.get("ClusterStates"), params.get("CreatedAfter")
    return (not states or cluster.state in states) and (after is None or cluster.created.timestamp() >= after)
