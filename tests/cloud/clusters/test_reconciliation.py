"""Records that EMR contradicts: lost events, forgotten clusters, clusters that should have ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localaws.cloud import LocalCloud
from localaws.emr.cluster import Termination
from tests.cloud.clusters.test_lifecycle import moving_on
from tests.support.executions import visited
from tests.support.faults import events_go
from tests.support.http import Api, reaches, until
from tests.support.reconciliation import findings, kinds, record, state
from tests.support.sweeps import sweep


def test_a_change_whose_event_was_lost_is_reported_when_it_is_made_up_for(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    with events_go(cloud, lambda event, deliver: None):
        cluster = somebody.launch(lifetime=24)
        path = f"/clusters/{cluster['id']}"
        jobflow = until(lambda: somebody("GET", path).body["jobflow_id"])
        until(lambda: state(cloud, jobflow) == "WAITING")
        sweep(cloud)
        reaches(somebody, path, "WAITING")
        assert findings(api, cluster["id"]) == []  # the event might have been under way
        cloud.emr.clusters[jobflow].terminate(
            Termination("INTERNAL_ERROR", "An internal error occurred", with_errors=True)
        )
        until(lambda: state(cloud, jobflow) == "TERMINATED_WITH_ERRORS")
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        ended = reaches(somebody, path, "TERMINATED_WITH_ERRORS")
    assert ended["status_reason"] == "An internal error occurred"
    assert findings(api, cluster["id"])[0]["done"] == "The record moved from WAITING to TERMINATED_WITH_ERRORS."
    until(lambda: record(cluster["id"]).live is None)


def test_a_record_whose_cluster_emr_has_forgotten_ends(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    cluster = somebody.launch(lifetime=24)
    path = f"/clusters/{cluster['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    forgotten = cloud.emr.clusters.pop(jobflow)
    try:
        sweep(cloud)
        assert somebody("GET", path).body["status"] == "WAITING"  # EMR may be slow to list what is new
        cloud.clock.advance(minutes=11)
        sweep(cloud)
        ended = reaches(somebody, path, "TERMINATED")
    finally:
        cloud.emr.clusters[jobflow] = forgotten
        forgotten.terminate(Termination("USER_REQUEST", "Terminated by user request"))
    assert ended["status_reason"] == "EMR no longer knows the cluster."
    assert ended["finished_at"]
    assert kinds(api, cluster["id"]) == ["forgotten"]
    until(lambda: record(cluster["id"]).live is None)


def test_a_broken_lambda_does_not_keep_a_cluster_alive_past_its_expiry(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.clusters import lifecycle

    cluster = somebody.launch(lifetime=2)
    jobflow = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")["jobflow_id"]
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "AwaitExpiry")

    def broken(*_: object, **__: object) -> Any:
        raise RuntimeError("a bad deployment")

    with monkeypatch.context() as patch:
        for task in list(lifecycle.TASKS):
            patch.setitem(lifecycle.TASKS, task, broken)
        cloud.clock.advance(minutes=125)
        sweep(cloud)
        assert state(cloud, jobflow) == "WAITING"  # the machine's turn
        cloud.clock.advance(minutes=6)
        sweep(cloud)
        until(lambda: state(cloud, jobflow) == "TERMINATED")
    ended = reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    assert ended["status_reason"] == "Its lifetime of 2 hours ended."
    assert kinds(api, cluster["id"]) == ["overdue"]
    moving_on(cloud, lambda: record(cluster["id"]).live is None, 1)


def test_what_emr_refuses_to_end_is_reported_until_it_is_let_go(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    cluster = somebody.launch(lifetime=2)
    path = f"/clusters/{cluster['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    emr = cloud.client("emr")
    emr.set_termination_protection(JobFlowIds=[jobflow], TerminationProtected=True)
    somebody("POST", f"{path}/terminate")
    for _ in range(3):
        cloud.clock.advance(minutes=5, seconds=1)
        sweep(cloud)
    (finding,) = {one["done"] for one in findings(api, cluster["id"])}
    assert "termination protected" in finding
    seen = [item for item in api("admin")("GET", "/reconciliations").body["items"] if cluster["id"] in str(item)]
    assert len(seen) == 1  # the same again is counted, not stored again
    emr.set_termination_protection(JobFlowIds=[jobflow], TerminationProtected=False)
    moving_on(cloud, lambda: somebody("GET", path).body["status"] == "TERMINATED", 1)
