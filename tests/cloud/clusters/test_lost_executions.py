"""Records whose state machine never began or died half-way: the sweep sees to it that one runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.aws import step_functions
from chalicelib.core.errors import Unavailable
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from localaws.emr.cluster import Termination
from tests.cloud.clusters.test_lifecycle import jobflows, moving_on
from tests.support.executions import visited
from tests.support.faults import Params, emr_answers
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about, subject_of
from tests.support.reconciliation import arn_of, executions, findings, kinds, record, state, stop
from tests.support.sweeps import sweep


def test_a_launch_that_was_never_started_is_started(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise Unavailable("AWS could not start the work just now.")

    with monkeypatch.context() as patch:
        patch.setattr(step_functions, "start", down)
        cluster = somebody.launch()
    sweep(cloud)
    assert kinds(api, cluster["id"]) == []  # it may be on its way
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    assert findings(api, cluster["id"])[0]["done"] == f"Its state machine was started as {cluster['id']}."
    sweep(cloud)
    assert kinds(api, cluster["id"]) == ["stalled"]
    assert len(jobflows(cloud, cluster["name"])) == 1


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
        cluster = somebody.launch(lifetime=24)
        moving_on(cloud, lambda: asks[0] > 3, 0.5)
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        sweep(cloud)
    assert findings(api, cluster["id"]) == []
    assert [one["name"] for one in executions(cloud) if cluster["id"] in one["name"]] == [cluster["id"]]
    moving_on(cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING", 0.5)
    assert len(jobflows(cloud, cluster["name"])) == 1


def test_a_machine_that_died_before_the_launch_gets_a_successor(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    stuck = [True]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow" and stuck[0]:
            raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        cluster = somebody.launch(lifetime=24)
        until(lambda: "Launch" in visited(cloud, "cluster", cluster["id"]))
        stop(cloud, "cluster", cluster["id"])
        stuck[0] = False
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    sweep(cloud)
    (finding,) = findings(api, cluster["id"])
    assert finding["done"] == f"Its state machine was started as {cluster['id']}.2."
    assert len(jobflows(cloud, cluster["name"])) == 1
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    until(lambda: visited(cloud, "cluster", f"{cluster['id']}.2")[-1] == "Ended")


def test_a_machine_that_died_with_the_launch_unrecorded_has_its_cluster_adopted(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    cluster, jobflow = launched_unrecorded(cloud, somebody)
    assert record(cluster["id"]).jobflow_id is None
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    ready = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    assert ready["jobflow_id"] == jobflow
    assert kinds(api, cluster["id"])[0] == "adopted"
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    assert state(cloud, jobflow) == "WAITING"
    assert len(jobflows(cloud, cluster["name"])) == 1
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    until(lambda: record(cluster["id"]).live is None)


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
        cluster = somebody.launch(lifetime=24)
        until(lambda: launched)
        until(lambda: state(cloud, launched[0]) == "WAITING")
        stop(cloud, "cluster", cluster["id"])
    return cluster, launched[0]


@pytest.mark.parametrize("why", ["terminated", "expired"])
def test_a_machine_that_died_while_the_cluster_was_ready_does_not_let_it_live_on(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api], why: str
) -> None:
    cluster = somebody.launch(lifetime=2)
    path = f"/clusters/{cluster['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "AwaitExpiry")
    stop(cloud, "cluster", cluster["id"])
    sweep(cloud)
    assert findings(api, cluster["id"]) == []  # nothing is due
    if why == "terminated":
        assert somebody("POST", f"{path}/terminate").body["status"] == "TERMINATING"
        cloud.clock.advance(minutes=3)
    else:
        cloud.clock.advance(minutes=130)
    sweep(cloud)
    ended = reaches(somebody, path, "TERMINATED")
    assert state(cloud, jobflow) == "TERMINATED"
    expected = f"Terminated by {cluster['owner']}." if why == "terminated" else "Its lifetime of 2 hours ended."
    assert ended["status_reason"] == expected
    until(lambda: visited(cloud, "cluster", f"{cluster['id']}.2")[-1] == "Ended")
    assert "stalled" in kinds(api, cluster["id"])
    assert record(cluster["id"]).live is None
    assert [sent.subject for sent in mails_about(cloud, cluster["identifier"]) if "ended" in sent.subject] == []


def test_a_machine_that_died_before_it_concluded_the_end_gets_a_successor(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    cluster = somebody.launch(lifetime=24)
    path = f"/clusters/{cluster['id']}"
    jobflow = reaches(somebody, path, "WAITING")["jobflow_id"]
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "AwaitExpiry")
    stop(cloud, "cluster", cluster["id"])
    cloud.emr.clusters[jobflow].terminate(Termination("INSTANCE_FAILURE", "The master was lost", with_errors=True))
    reaches(somebody, path, "TERMINATED_WITH_ERRORS")
    assert mails_about(cloud, cluster["identifier"]) == []
    cloud.clock.advance(minutes=3)
    sweep(cloud)
    until(lambda: record(cluster["id"]).live is None)
    assert [subject_of(sent) for sent in mails_about(cloud, cluster["identifier"])] == [
        f"Your cluster {cluster['identifier']} ended early"
    ]
    assert kinds(api, cluster["id"]) == ["stalled"]


def test_successors_have_successors(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    stuck = [True]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow" and stuck[0]:
            raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        cluster = somebody.launch(lifetime=24)
        for name in (cluster["id"], f"{cluster['id']}.2", f"{cluster['id']}.3"):
            until(lambda: "Launch" in visited(cloud, "cluster", name))  # noqa: B023
            stop(cloud, "cluster", name)
            cloud.clock.advance(minutes=3)
            sweep(cloud)
        stuck[0] = False
    moving_on(cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING", 0.5)
    assert findings(api, cluster["id"])[0]["done"].endswith(f"as {cluster['id']}.4.")
