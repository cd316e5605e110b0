"""Metrics: each occasion is measured once, however often a task, an event or a click is repeated."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.clusters.models import Cluster
from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.cloud.clusters.test_lifecycle import moving_on
from tests.support.executions import visited
from tests.support.faults import Params, emr_answers, events_go, launch_fails
from tests.support.http import TINY, Api, reaches, until
from tests.support.reconciliation import OURS, ghost, launch
from tests.support.sweeps import sweep


class Metrics:
    """What was written in CloudWatch's embedded metric format."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._written: list[Any] = []

    def of(self, record: str) -> dict[str, list[Any]]:
        """The metrics about one record by their names, in the order written."""
        for line in self._capsys.readouterr().out.splitlines():
            if line.startswith('{"_aws"'):
                self._written.append(json.loads(line))
        values: dict[str, list[Any]] = {}
        for written in self._written:
            (described,) = written["_aws"]["CloudWatchMetrics"]
            (metric,) = described["Metrics"]
            if written.get("record") == record or str(written.get("record", "")).split("#")[1:2] == [record]:
                values.setdefault(metric["Name"], []).append(written)
        return values

    def counts(self, record: str) -> dict[str, int]:
        return {name: len(written) for name, written in self.of(record).items()}


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Metrics:
    return Metrics(capsys)


def concluded(cloud: LocalCloud, cluster_id: str) -> None:
    until(lambda: visited(cloud, "cluster", cluster_id)[-1] == "Ended")


def test_a_clusters_life_is_measured_once(cloud: LocalCloud, somebody: Api, metrics: Metrics) -> None:
    events: list[Params] = []

    def twice(event: Params, deliver: Callable[[Params], None]) -> None:
        events.append(event)
        deliver(event)
        deliver(event)

    with events_go(cloud, twice):
        cluster = somebody.launch(size=2, lifetime=24)
        path = f"/clusters/{cluster['id']}"
        ready = reaches(somebody, path, "WAITING")
        for _ in range(2):
            somebody("POST", f"{path}/extend", {"hours": 1}, Idempotency_Key="x")
            sweep(cloud)
        somebody("POST", f"{path}/extend", {"hours": 1}, Idempotency_Key="y")
        cloud.clock.advance(hours=2, minutes=30)
        for _ in range(2):
            somebody("POST", f"{path}/terminate")
        reaches(somebody, path, "TERMINATED")
        concluded(cloud, cluster["id"])
    for event in events:
        cloud.functions.invoke("on_emr_event", event)
    for _ in range(2):
        cloud.functions.invoke("cluster_task", {"task": "record_end", "cluster_id": cluster["id"]})
    metrics_of_it = metrics.of(cluster["id"])
    assert {name: len(written) for name, written in metrics_of_it.items()} == {
        "ClusterReady": 1, "TimeToReady": 1, "ClusterExtended": 2, "ClusterEnded": 1, "NormalizedInstanceHours": 1,
    }  # fmt: skip
    assert metrics_of_it["NormalizedInstanceHours"][0]["NormalizedInstanceHours"] == [3 * 24.0]
    (took,) = metrics_of_it["TimeToReady"][0]["TimeToReady"]
    record = Cluster.get(cluster["id"], consistent_read=True)
    assert record.ready_at is not None
    assert record.started_at is not None
    assert took == max(0, (record.ready_at - record.started_at).total_seconds())
    assert ready["ready_at"]
    for written in metrics_of_it.values():
        for one in written:
            (described,) = one["_aws"]["CloudWatchMetrics"]
            assert described["Namespace"] == "atmo"
            assert described["Dimensions"] == [["service", "stage"]]
            assert (one["service"], one["stage"], one["emr_release"]) == ("atmo", "local", "7.10.0")
    assert metrics_of_it["TimeToReady"][0]["_aws"]["CloudWatchMetrics"][0]["Metrics"][0]["Unit"] == "Seconds"
    assert metrics_of_it["ClusterEnded"][0]["status"] == "TERMINATED"


@pytest.mark.parametrize("task", ["store_jobflow", "wait", "record_end"])
def test_a_repeated_task_measures_nothing_twice(
    cloud: LocalCloud, somebody: Api, metrics: Metrics, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    """The task does its work and dies before it can say so, as often as it is tried again before that works."""
    from chalicelib.clusters import lifecycle

    original, left = lifecycle.TASKS[task], [2]

    def dying(*args: Any, **named: Any) -> Any:
        answer = original(*args, **named)
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("dead before the answer")
        return answer

    monkeypatch.setitem(lifecycle.TASKS, task, dying)
    cluster = somebody.launch(lifetime=24)
    path = f"/clusters/{cluster['id']}"
    moving_on(cloud, lambda: somebody("GET", path).body["status"] == "WAITING", 0.5)
    somebody("POST", f"{path}/terminate")
    moving_on(cloud, lambda: somebody("GET", path).body["status"] == "TERMINATED", 0.5)
    moving_on(cloud, lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended", 0.5)
    assert left[0] <= 0
    assert metrics.counts(cluster["id"]) == {
        "ClusterReady": 1, "TimeToReady": 1, "ClusterEnded": 1, "NormalizedInstanceHours": 1,
    }  # fmt: skip


def test_a_launch_that_failed_used_nothing_and_alerts_once(cloud: LocalCloud, somebody: Api, metrics: Metrics) -> None:
    with emr_answers(cloud, launch_fails(10, lambda: EmrError("ValidationException", "The subnet is not valid."))):
        cluster = somebody.launch()
        moving_on(
            cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "FAILED_TO_LAUNCH", 0.2
        )
    concluded(cloud, cluster["id"])
    cloud.functions.invoke("cluster_task", {"task": "record_end", "cluster_id": cluster["id"]})
    metrics_of_it = metrics.of(cluster["id"])
    assert {name: len(written) for name, written in metrics_of_it.items()} == {"ClusterEnded": 1, "AlertPosted": 1}
    assert metrics_of_it["ClusterEnded"][0]["status"] == "FAILED_TO_LAUNCH"
    assert metrics_of_it["AlertPosted"][0]["mail"] == "cluster_failed"


@pytest.mark.parametrize(
    ("source", "status"), [("print('hello')", "SUCCEEDED"), ("raise ValueError('no data')", "FAILED")]
)
def test_a_run_is_measured_once(cloud: LocalCloud, somebody: Api, metrics: Metrics, source: str, status: str) -> None:
    cells: Any = [TINY["cells"][0] | {"source": source}]
    notebook = {"name": "tiny.ipynb", "content": TINY | {"cells": cells}}
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", notebook=notebook)
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", status)
    moving_on(cloud, lambda: Run.get(run["id"], consistent_read=True).live is None, 0.1)
    for task in ("record_outcome", "decide"):
        cloud.functions.invoke("run_task", {"task": task, "run_id": run["id"]})
    metrics_of_it = metrics.of(run["id"])
    expected = {"RunEnded": 1, "RunTime": 1, "NormalizedInstanceHours": 1}
    assert {name: len(written) for name, written in metrics_of_it.items()} == expected | (
        {"AlertPosted": 1} if status == "FAILED" else {}
    )
    ended = Run.get(run["id"], consistent_read=True)
    assert ended.finished_at is not None
    assert ended.started_at is not None
    assert metrics_of_it["RunTime"][0]["RunTime"] == [(ended.finished_at - ended.started_at).total_seconds()]
    assert metrics_of_it["RunEnded"][0]["status"] == status
    assert metrics_of_it["NormalizedInstanceHours"][0]["NormalizedInstanceHours"] == [8.0]


def test_what_a_sweep_finds_is_counted_by_kind(cloud: LocalCloud, metrics: Metrics) -> None:
    orphan = launch(cloud, f"atmo-local-cluster-{ghost()}", **OURS, Record="c-nothing")
    cloud.clock.advance(minutes=11)
    for _ in range(2):
        sweep(cloud)
    written = metrics.of("c-nothing")["Reconciled"]
    assert [one["kind"] for one in written] == ["orphan"]
    until(lambda: cloud.emr.clusters[orphan].state == "TERMINATED")
