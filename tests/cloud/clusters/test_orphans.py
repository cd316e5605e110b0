"""Clusters in EMR that no record of this deployment stands for, and those that are none of its business."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import service as audit
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.cloud.clusters.test_lifecycle import jobflows
from tests.cloud.jobflows.test_state_machines import moving_on
from tests.support.clouds import refused
from tests.support.faults import Params, emr_answers, launch_fails, throttled
from tests.support.http import Api, reaches, until
from tests.support.reconciliation import OURS, executions, findings, ghost, kinds, launch, state
from tests.support.sweeps import sweep


@pytest.mark.parametrize("component", ["cluster", "job"])
def test_a_cluster_without_a_record_is_ended_after_a_time_of_grace(
    cloud: LocalCloud, api: Callable[[str], Api], component: str
) -> None:
    orphan = launch(cloud, f"atmo-local-{component}-{ghost()}", **OURS, Record="c-nothing")
    sweep(cloud)
    assert state(cloud, orphan) not in ("TERMINATING", "TERMINATED")
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, orphan) == "TERMINATED")
    sweep(cloud)
    (finding,) = findings(api, orphan)
    assert finding["kind"] == "orphan"
    assert finding["done"].startswith("Ended: there is no r")


def test_what_is_ended_is_recorded_before_and_once(
    cloud: LocalCloud, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    def entries() -> list[str]:
        return [entry["summary"] for entry in api("admin")("GET", f"/audit?object={orphan}").body["items"]]

    def down(*_: object) -> None:
        raise TransactWriteError("DynamoDB is down")

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "TerminateJobFlows":
            raise throttled()
        return really()

    orphan = launch(cloud, f"atmo-local-cluster-{ghost()}", **OURS)
    cloud.clock.advance(minutes=11)
    with monkeypatch.context() as patch:
        patch.setattr(audit, "record_repair", down)
        sweep(cloud)
    assert state(cloud, orphan) not in ("TERMINATING", "TERMINATED"), "what cannot be recorded is not done"
    with emr_answers(cloud, busy):
        sweep(cloud)
    assert kinds(api, orphan) == ["refused"]
    sweep(cloud)
    until(lambda: state(cloud, orphan) == "TERMINATED")
    assert len(entries()) == 1
    assert entries()[0].startswith("A cluster in EMR without a live record. Ends it: ")


def test_a_cluster_whose_record_has_ended_is_ended(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    cluster = somebody.launch()
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    twin = launch(cloud, cluster["name"], **OURS, Record=cluster["id"])
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, twin) == "TERMINATED")
    assert somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING"
    assert "its record's cluster is" in findings(api, twin)[0]["done"]
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    late = launch(cloud, cluster["name"], **OURS, Record=cluster["id"])
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, late) == "TERMINATED")
    assert findings(api, late)[0]["done"] == "Ended: its record has ended."


def test_a_throttled_launch_that_has_worked_leaves_one_cluster(cloud: LocalCloud, somebody: Api) -> None:
    """EMR says that it is busy, and launches: the next try makes another. The sweep ends the one that no record names."""
    with emr_answers(cloud, launch_fails(1, throttled, having_worked=True)):
        cluster = somebody.launch()
        moving_on(cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING")
    ready = somebody("GET", f"/clusters/{cluster['id']}").body
    first, second = (each.id for each in jobflows(cloud, ready["name"]))
    assert ready["jobflow_id"] == second
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, first) == "TERMINATED")
    assert state(cloud, second) == "WAITING"


def test_another_deployments_clusters_are_left_alone(cloud: LocalCloud, api: Callable[[str], Api]) -> None:
    """Not by name alone, not by tags alone: both must be ours."""
    who = ghost()
    others = {
        "another stage": launch(cloud, f"atmo-prod-cluster-{who}", **(OURS | {"Environment": "prod"})),
        "our name, its tags": launch(cloud, f"atmo-local-cluster-cluster-{who}", **(OURS | {"Environment": "local-cluster"})),
        "our tags, its name": launch(cloud, f"atmo-prod-cluster-{who}-2", **OURS),
        "our name, no tags": launch(cloud, f"atmo-local-cluster-{who}-3"),
        "somebody's": launch(cloud, f"nightly-{who}", Owner="finance"),
        "not atmo's": launch(cloud, f"atmo-local-job-{who}-4", Application="other", Environment="local"),
    }  # fmt: skip
    until(lambda: {state(cloud, other) for other in others.values()} == {"WAITING"})
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    sweep(cloud)
    assert {what: state(cloud, other) for what, other in others.items()} == dict.fromkeys(others, "WAITING")
    # What bears our name without our tags is pointed out. Whose tags it has instead our role may not ask.
    alike = {"our name, no tags", "our name, its tags", "not atmo's"}
    assert {what for what, other in others.items() if findings(api, other)} == alike
    assert kinds(api, others["our name, no tags"]) == ["foreign"]
    cloud.client("emr").terminate_job_flows(JobFlowIds=list(others.values()))


def test_another_deployments_records_do_not_end_its_clusters(cloud: LocalCloud, api: Callable[[str], Api]) -> None:
    """A stale copy of production's tables in a test deployment, long past the expiry that production has since extended."""
    now, who = clock.now(), ghost()
    theirs = launch(cloud, f"atmo-prod-cluster-{who}", **(OURS | {"Environment": "prod"}))
    alike = launch(cloud, f"atmo-local-cluster-{who}", **(OURS | {"Environment": "local-cluster"}))
    copies = [
        copied(f"atmo-prod-cluster-{who}", theirs, now),
        copied(f"atmo-local-cluster-{who}", alike, now),
        copied(f"atmo-prod-cluster-{who}-queued", None, now),
    ]
    until(lambda: state(cloud, theirs) == state(cloud, alike) == "WAITING")
    for _ in range(2):
        sweep(cloud)
        cloud.clock.advance(minutes=11)
    assert (state(cloud, theirs), state(cloud, alike)) == ("WAITING", "WAITING")
    assert [set(kinds(api, copy.id)) for copy in copies] == [{"foreign"}] * 3
    assert jobflows(cloud, f"atmo-prod-cluster-{who}-queued") == []
    names = {execution["name"] for execution in executions(cloud)}
    assert [copy.id for copy in copies if copy.id in names] == []
    cloud.client("emr").terminate_job_flows(JobFlowIds=[theirs, alike])
    for copy in copies:
        copy.update([Cluster.live.remove()])
    assert all("elasticmapreduce:" in call for call in refused())  # EMR says nothing of them to our roles


def copied(name: str, jobflow: str | None, now: datetime) -> Cluster:
    """A live record as another deployment wrote it."""
    cluster = Cluster(
        f"c-{uuid4().hex[:16]}", identifier="copied", name=name, owner="ghost", owner_email="ghost@example.org",
        owner_state="ghost#active", live="yes", size=1, lifetime=2, emr_release="7.10.0",
        ssh_key="k-1", public_key="ssh-ed25519 AAAA", status="WAITING" if jobflow else "REQUESTED", jobflow_id=jobflow,
        created_at=now - timedelta(hours=4), started_at=now - timedelta(hours=4), expires_at=now - timedelta(hours=2),
    )  # fmt: skip
    cluster.save()
    return cluster
