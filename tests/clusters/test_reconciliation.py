"""Both directions: clusters in EMR that no record stands for, records that no cluster or state machine stands for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chalicelib import clock
from chalicelib.aws import states
from chalicelib.clusters.models import Cluster
from chalicelib.errors import Unavailable
from chalicelib.jobs.models import Run
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from localaws.emr_cluster import End
from tests.clusters.test_lifecycle import jobflows, moving_on
from tests.executions import visited
from tests.faults import Params, emr_answers, events_go
from tests.http import TINY, Api, reaches, until
from tests.mails import mails_about
from tests.sweeps import sweep

OURS = {"Application": "atmo", "Environment": "local", "Type": "cluster"}


def launch(cloud: LocalCloud, name: str, **tags: str) -> str:
    """A cluster that was launched past the portal; returns its jobflow id."""
    answer = cloud.client("emr").run_job_flow(
        Name=name, ReleaseLabel="emr-7.10.0", ServiceRole="role", JobFlowRole="profile",
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        Instances={"KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m5.xlarge", "InstanceCount": 1},
    )  # fmt: skip
    return str(answer["JobFlowId"])


def ghost() -> str:
    return f"ghost-{uuid4().hex[:8]}"


def found(api: Callable[[str], Api], about: str) -> list[Any]:
    """What sweeps reported about a record, jobflow or name, the latest first."""
    items = api("admin")("GET", "/reconciliations?limit=100").body["items"]
    return [one for item in items for one in item["found"] if about in (one["record"], one["jobflow"], one["cluster"])]


def kinds(api: Callable[[str], Api], about: str) -> list[str]:
    return [one["kind"] for one in found(api, about)]


def stop(cloud: LocalCloud, machine: str, execution: str) -> None:
    """Abort an execution, as somebody in the console could."""
    arn = arn_of(cloud, machine, execution)
    cloud.client("stepfunctions").stop_execution(executionArn=arn)
    until(lambda: cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "ABORTED")


def arn_of(cloud: LocalCloud, machine: str, execution: str) -> str:
    return f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-{machine}:{execution}"


def state(cloud: LocalCloud, jobflow: str) -> str:
    return cloud.emr.clusters[jobflow].state


def record(cluster_id: str) -> Cluster:
    return Cluster.get(cluster_id, consistent_read=True)


# Clusters without a record


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
    (finding,) = found(api, orphan)
    assert finding["kind"] == "orphan"
    assert finding["done"].startswith("Ended: there is no r")


def test_a_cluster_whose_record_has_ended_is_ended(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    asked = somebody.launch()
    reaches(somebody, f"/clusters/{asked['id']}", "WAITING")
    twin = launch(cloud, asked["name"], **OURS, Record=asked["id"])
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, twin) == "TERMINATED")
    assert somebody("GET", f"/clusters/{asked['id']}").body["status"] == "WAITING"
    assert "its record's cluster is" in found(api, twin)[0]["done"]
    somebody("POST", f"/clusters/{asked['id']}/terminate")
    reaches(somebody, f"/clusters/{asked['id']}", "TERMINATED")
    late = launch(cloud, asked["name"], **OURS, Record=asked["id"])
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, late) == "TERMINATED")
    assert found(api, late)[0]["done"] == "Ended: its record has ended."


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
    # What bears our name without our tags is pointed out; what is plainly another deployment's is not.
    assert {what for what, other in others.items() if found(api, other)} == {"our name, no tags"}
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


def copied(name: str, jobflow: str | None, now: datetime) -> Cluster:
    """A live record as another deployment wrote it."""
    cluster = Cluster(
        f"c-{uuid4().hex[:16]}", identifier="copied", name=name, owner="ghost", owner_email="ghost@example.org",
        owner_state="ghost#active", live="yes", request_digest="x", size=1, lifetime=2, emr_release="7.10.0",
        ssh_key="k-1", public_key="ssh-ed25519 AAAA", status="WAITING" if jobflow else "REQUESTED", jobflow_id=jobflow,
        created_at=now - timedelta(hours=4), started_at=now - timedelta(hours=4), expires_at=now - timedelta(hours=2),
    )  # fmt: skip
    cluster.save()
    return cluster


def executions(cloud: LocalCloud) -> list[Any]:
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:stateMachine:atmo-local-cluster"
    return list(cloud.client("stepfunctions").list_executions(stateMachineArn=arn, maxResults=1000)["executions"])


# Records without a cluster, or without a state machine


def test_a_launch_that_was_never_started_is_started(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise Unavailable("AWS did not start the work just now.")

    with monkeypatch.context() as patch:
        patch.setattr(states, "start", down)
        asked = somebody.launch()
    sweep(cloud)
    assert kinds(api, asked["id"]) == []  # it may be on its way
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    reaches(somebody, f"/clusters/{asked['id']}", "WAITING")
    assert found(api, asked["id"])[0]["done"] == f"Its state machine was started as {asked['id']}."
    sweep(cloud)
    assert kinds(api, asked["id"]) == ["stalled"]
    assert len(jobflows(cloud, asked["name"])) == 1


def test_a_launch_that_waits_its_turn_is_left_alone(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    asks = [0]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow":
            asks[0] += 1
            raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        asked = somebody.launch(lifetime=24)
        moving_on(cloud, lambda: asks[0] > 3, 0.5)
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        sweep(cloud)
    assert found(api, asked["id"]) == []
    assert [one["name"] for one in executions(cloud) if asked["id"] in one["name"]] == [asked["id"]]
    moving_on(cloud, lambda: somebody("GET", f"/clusters/{asked['id']}").body["status"] == "WAITING", 0.5)
    assert len(jobflows(cloud, asked["name"])) == 1


def test_a_machine_that_died_before_the_launch_gets_a_successor(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    stuck = [True]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow" and stuck[0]:
            raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        asked = somebody.launch(lifetime=24)
        until(lambda: "Launch" in visited(cloud, "cluster", asked["id"]))
        stop(cloud, "cluster", asked["id"])
        stuck[0] = False
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        reaches(somebody, f"/clusters/{asked['id']}", "WAITING")
    sweep(cloud)
    (finding,) = found(api, asked["id"])
    assert finding["done"] == f"Its state machine was started as {asked['id']}-2."
    assert len(jobflows(cloud, asked["name"])) == 1
    somebody("POST", f"/clusters/{asked['id']}/terminate")
    reaches(somebody, f"/clusters/{asked['id']}", "TERMINATED")
    until(lambda: visited(cloud, "cluster", f"{asked['id']}-2")[-1] == "Ended")


def test_a_machine_that_died_with_the_launch_unrecorded_has_its_cluster_adopted(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    asked, jobflow = launched_unrecorded(cloud, somebody)
    assert record(asked["id"]).jobflow_id is None
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    ready = reaches(somebody, f"/clusters/{asked['id']}", "WAITING")
    assert ready["jobflow_id"] == jobflow
    assert kinds(api, asked["id"])[0] == "adopted"
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    assert state(cloud, jobflow) == "WAITING"
    assert len(jobflows(cloud, asked["name"])) == 1
    somebody("POST", f"/clusters/{asked['id']}/terminate")
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    reaches(somebody, f"/clusters/{asked['id']}", "TERMINATED")
    until(lambda: record(asked["id"]).live is None)


def launched_unrecorded(cloud: LocalCloud, somebody: Api) -> tuple[Any, str]:
    """A cluster that EMR launched while its state machine died of it."""
    launched: list[str] = []

    def then_dies(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation != "RunJobFlow" or launched:
            return really()
        launched.append(str(really()["JobFlowId"]))
        tags = {tag["Key"]: tag["Value"] for tag in params["Tags"]}
        cloud.client("stepfunctions").stop_execution(executionArn=arn_of(cloud, "cluster", tags["Record"]))
        raise EmrError("InternalFailure", "The answer is lost", 500)

    with emr_answers(cloud, then_dies):
        asked = somebody.launch(lifetime=24)
        until(lambda: launched)
        until(lambda: state(cloud, launched[0]) == "WAITING")
        stop(cloud, "cluster", asked["id"])
    return asked, launched[0]


@pytest.mark.parametrize("why", ["terminated", "expired"])
def test_a_machine_that_died_while_the_cluster_was_ready_does_not_let_it_live_on(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], why: str
) -> None:
    asked = somebody.launch(lifetime=2)
    path = f"/clusters/{asked['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    until(lambda: visited(cloud, "cluster", asked["id"])[-1] == "AwaitExpiry")
    stop(cloud, "cluster", asked["id"])
    sweep(cloud)
    assert found(api, asked["id"]) == []  # nothing is due
    if why == "terminated":
        assert somebody("POST", f"{path}/terminate").body["status"] == "TERMINATING"
        cloud.clock.advance(minutes=3)
    else:
        cloud.clock.advance(minutes=130)
    sweep(cloud)
    ended = reaches(somebody, path, "TERMINATED")
    assert state(cloud, jobflow) == "TERMINATED"
    expected = f"Terminated by {asked['owner']}." if why == "terminated" else "Its lifetime of 2 hours was over."
    assert ended["status_reason"] == expected
    until(lambda: visited(cloud, "cluster", f"{asked['id']}-2")[-1] == "Ended")
    assert "stalled" in kinds(api, asked["id"])
    assert record(asked["id"]).live is None
    assert [sent.subject for sent in mails_about(cloud, asked["identifier"]) if "ended" in sent.subject] == []


def test_a_machine_that_died_before_it_concluded_the_end_gets_a_successor(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    asked = somebody.launch(lifetime=24)
    path = f"/clusters/{asked['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    until(lambda: visited(cloud, "cluster", asked["id"])[-1] == "AwaitExpiry")
    stop(cloud, "cluster", asked["id"])
    cloud.emr.clusters[jobflow].end(End("INSTANCE_FAILURE", "The master was lost", errors=True))
    reaches(somebody, path, "TERMINATED_WITH_ERRORS")
    assert mails_about(cloud, asked["identifier"]) == []
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    until(lambda: record(asked["id"]).live is None)
    assert [sent.subject for sent in mails_about(cloud, asked["identifier"])] == [
        f"Your cluster {asked['identifier']} has ended before its time"
    ]
    assert kinds(api, asked["id"]) == ["stalled"]


def test_successors_have_successors(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    stuck = [True]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow" and stuck[0]:
            raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        asked = somebody.launch(lifetime=24)
        for name in (asked["id"], f"{asked['id']}-2", f"{asked['id']}-3"):
            until(lambda: "Launch" in visited(cloud, "cluster", name))  # noqa: B023
            stop(cloud, "cluster", name)
            cloud.clock.advance(minutes=3)
            sweep(cloud)
        stuck[0] = False
    moving_on(cloud, lambda: somebody("GET", f"/clusters/{asked['id']}").body["status"] == "WAITING", 0.5)
    assert found(api, asked["id"])[0]["done"].endswith(f"as {asked['id']}-4.")


def test_a_change_whose_event_was_lost_is_reported_when_it_is_made_up_for(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    with events_go(cloud, lambda event, deliver: None):
        asked = somebody.launch(lifetime=24)
        path = f"/clusters/{asked['id']}"
        jobflow = until(lambda: somebody("GET", path).body["jobflow_id"])
        until(lambda: state(cloud, jobflow) == "WAITING")
        sweep(cloud)
        reaches(somebody, path, "WAITING")
        assert found(api, asked["id"]) == []  # the event might have been under way
        cloud.emr.clusters[jobflow].end(End("INTERNAL_ERROR", "An internal error occurred", errors=True))
        until(lambda: state(cloud, jobflow) == "TERMINATED_WITH_ERRORS")
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        ended = reaches(somebody, path, "TERMINATED_WITH_ERRORS")
    assert ended["status_reason"] == "An internal error occurred"
    assert found(api, asked["id"])[0]["done"] == "The record moved from WAITING to TERMINATED_WITH_ERRORS."
    until(lambda: record(asked["id"]).live is None)


def test_a_record_whose_cluster_emr_has_forgotten_ends(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    asked = somebody.launch(lifetime=24)
    path = f"/clusters/{asked['id']}"
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
        forgotten.end(End("USER_REQUEST", "Terminated by user request"))
    assert ended["status_reason"] == "EMR knows the cluster no more."
    assert ended["finished_at"]
    assert kinds(api, asked["id"]) == ["forgotten"]
    until(lambda: record(asked["id"]).live is None)


def test_a_broken_lambda_does_not_keep_a_cluster_alive_past_its_expiry(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.clusters import lifecycle

    asked = somebody.launch(lifetime=2)
    jobflow = reaches(somebody, f"/clusters/{asked['id']}", "WAITING")["jobflow_id"]
    until(lambda: visited(cloud, "cluster", asked["id"])[-1] == "AwaitExpiry")

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
    ended = reaches(somebody, f"/clusters/{asked['id']}", "TERMINATED")
    assert ended["status_reason"] == "Its lifetime of 2 hours was over."
    assert kinds(api, asked["id"]) == ["overdue"]
    moving_on(cloud, lambda: record(asked["id"]).live is None, 1)


def test_what_emr_refuses_to_end_is_reported_until_it_is_let_go(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    asked = somebody.launch(lifetime=2)
    path = f"/clusters/{asked['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    emr = cloud.client("emr")
    emr.set_termination_protection(JobFlowIds=[jobflow], TerminationProtected=True)
    somebody("POST", f"{path}/terminate")
    for _ in range(3):
        cloud.clock.advance(minutes=5, seconds=1)
        sweep(cloud)
    (finding,) = {one["done"] for one in found(api, asked["id"])}
    assert "termination protected" in finding
    seen = [item for item in api("admin")("GET", "/reconciliations").body["items"] if asked["id"] in str(item)]
    assert len(seen) == 1  # the same again is counted, not stored again
    emr.set_termination_protection(JobFlowIds=[jobflow], TerminationProtected=False)
    moving_on(cloud, lambda: somebody("GET", path).body["status"] == "TERMINATED", 1)


# Runs


def test_a_run_whose_machine_died_is_resumed(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    launches = [0]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow":
            launches[0] += 1
            if launches[0] < 3:
                raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        until(lambda: "Launch" in visited(cloud, "job-run", run["id"]))
        stop(cloud, "job-run", run["id"])
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        moving_on(cloud, lambda: somebody("GET", f"/runs/{run['id']}").body["status"] == "SUCCEEDED", 0.1)
    assert kinds(api, run["id"]) == ["stalled"]
    moving_on(cloud, lambda: Run.get(run["id"], consistent_read=True).live is None, 0.1)
    assert len(cloud_runs(cloud, job["identifier"])) == 1


def cloud_runs(cloud: LocalCloud, identifier: str) -> list[Any]:
    return [one for one in cloud.emr.clusters.values() if f"-{identifier}-" in one.request["Name"]]


def test_a_runs_cluster_that_outlives_its_run_is_ended(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")
    moving_on(cloud, lambda: Run.get(run["id"], consistent_read=True).live is None, 0.1)
    (ended,) = cloud_runs(cloud, job["identifier"])
    twin = launch(cloud, ended.request["Name"], **(OURS | {"Type": "job"}), Record=run["id"])
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, twin) == "TERMINATED")
    assert found(api, twin)[0]["done"] == "Ended: its run is over."


def test_a_run_whose_cluster_emr_has_forgotten_fails(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    held: Params = {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None,
                       "source": "import time; time.sleep(600)"}]}  # fmt: skip
    notebook = {"name": "long.ipynb", "content": {**TINY, **held}}
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", notebook=notebook, job_timeout=24)
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "RUNNING")
    jobflow = somebody("GET", f"/runs/{run['id']}").body["jobflow_id"]
    until(lambda: visited(cloud, "job-run", run["id"])[-1] == "AwaitFinish")
    forgotten = cloud.emr.clusters.pop(jobflow)
    try:
        cloud.clock.advance(minutes=11)
        sweep(cloud)
        failed = reaches(somebody, f"/runs/{run['id']}", "FAILED")
    finally:
        cloud.emr.clusters[jobflow] = forgotten
        forgotten.halt()
    assert "EMR knows the cluster no more." in failed["status_reason"]
    assert kinds(api, run["id"]) == ["forgotten"]
    assert somebody("GET", f"/jobs/{job['id']}").body["active_run"] is None
