"""A cluster's life through the front door: HTTP in; records, mails, EMR's clusters and the machine's history out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.support.executions import awaits_expiry, visited
from tests.support.faults import Params, broken, emr_answers, events_go, launch_fails, throttled
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about


def jobflows(cloud: LocalCloud, name: str) -> list[Any]:
    return [jobflow for jobflow in cloud.emr.clusters.values() if jobflow.request["Name"] == name]


def moving_on(cloud: LocalCloud, condition: Callable[[], Any], minutes: float = 1) -> Any:
    """What `condition` returns once it is true, the cloud's clock moving on meanwhile."""

    def look() -> Any:
        if value := condition():
            return value
        cloud.clock.advance(minutes=minutes)
        return None

    return until(look, longest_pause=0.04)


def test_launch_ready_terminate(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch(size=3, lifetime=4)
    assert cluster["status"] == "REQUESTED"
    ready = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    assert ready["master_address"].startswith("ec2-")
    assert clock.parse(ready["expires_at"]) - clock.parse(ready["created_at"]) == timedelta(hours=4)
    moments = [ready[name][:19] for name in ("created_at", "started_at", "ready_at")]
    assert moments == sorted(moments)  # to the second, which is as exact as EMR is
    assert somebody("POST", f"/clusters/{cluster['id']}/terminate").body["status"] == "TERMINATING"
    ended = reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    assert ended["status_reason"] == f"Terminated by {cluster['owner']}."
    assert ended["finished_at"]
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")


def test_emr_is_asked_for_what_was_chosen_and_tagged(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch(size=3, identifier="my-cluster")
    ready = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    jobflow = cloud.client("emr").describe_cluster(ClusterId=ready["jobflow_id"])["Cluster"]
    tags = {tag["Key"]: tag["Value"] for tag in jobflow["Tags"]}
    assert jobflow["Name"] == f"atmo-local-cluster-{cluster['owner']}-my-cluster"
    assert jobflow["ReleaseLabel"] == "emr-7.10.0"
    assert tags["Record"] == cluster["id"]
    assert (tags["Application"], tags["Environment"], tags["Type"]) == ("atmo", "local", "cluster")
    request = cloud.emr.clusters[ready["jobflow_id"]].request
    assert [group["InstanceCount"] for group in request["Instances"]["InstanceGroups"]] == [1, 3]


def test_an_idempotency_key_launches_once(cloud: LocalCloud, somebody: Api) -> None:
    key = somebody.add_key()
    body = {"size": 1, "ssh_key": key, "emr_release": "7.10.0"}
    first, second = (somebody("POST", "/clusters", body, Idempotency_Key="once") for _ in range(2))
    assert first.status == second.status == 201
    assert first.body["id"] == second.body["id"]
    other = somebody("POST", "/clusters", body | {"size": 2}, Idempotency_Key="once")
    assert other.status == 409
    reaches(somebody, f"/clusters/{first.body['id']}", "WAITING")
    assert len(jobflows(cloud, first.body["name"])) == 1
    assert len(somebody("GET", "/clusters").body["items"]) == 1


def test_a_taken_name_gets_a_counter(somebody: Api) -> None:
    key = somebody.add_key()
    names = [somebody.launch(identifier="same", ssh_key=key)["identifier"] for _ in range(3)]
    assert names == ["same", "same-2", "same-3"]


def test_a_cluster_is_warned_of_extended_expires_and_ends(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch(lifetime=2)
    path = f"/clusters/{cluster['id']}"
    reaches(somebody, path, "WAITING")
    awaits_expiry(cloud, cluster["id"])
    cloud.clock.advance(minutes=70)
    for _ in range(2):  # the second sweep finds the mail sent
        cloud.events.tick("sweep")
    until(lambda: len(mails_about(cloud, cluster["identifier"])) == 1)
    extended = somebody("POST", f"{path}/extend", {"hours": 1}).body
    assert extended["lifetime_extension_count"] == 1
    until(lambda: visited(cloud, "cluster", cluster["id"]).count("AwaitExpiry") == 2)
    cloud.clock.advance(minutes=55)  # past the first expiry, within the last hour of the second
    cloud.events.tick("sweep")
    until(lambda: len(mails_about(cloud, cluster["identifier"])) == 2)
    assert somebody("GET", path).body["status"] == "WAITING"
    cloud.clock.advance(minutes=60)
    ended = reaches(somebody, path, "TERMINATED")
    assert ended["status_reason"] == "Its lifetime of 2 hours ended, extended once."


def test_the_same_extension_again_changes_nothing(somebody: Api) -> None:
    cluster = somebody.launch()
    path = f"/clusters/{cluster['id']}/extend"
    first, second = (somebody("POST", path, {"hours": 3}, Idempotency_Key="x").body for _ in range(2))
    assert first["expires_at"] == second["expires_at"]
    assert second["lifetime_extension_count"] == 1


def test_an_ended_cluster_is_not_extended(somebody: Api) -> None:
    cluster = somebody.launch()
    path = f"/clusters/{cluster['id']}"
    somebody("POST", f"{path}/terminate")
    answer = somebody("POST", f"{path}/extend", {"hours": 1})
    assert answer.status == 409
    assert "being terminated" in answer.body["detail"] or "terminated already" in answer.body["detail"]
    reaches(somebody, path, "TERMINATED")
    assert somebody("POST", f"{path}/terminate").body["status"] == "TERMINATED"


def test_a_throttled_launch_is_queued_and_tried_again(cloud: LocalCloud, somebody: Api) -> None:
    with emr_answers(cloud, launch_fails(3, throttled)):
        cluster = somebody.launch()
        moving_on(cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING", 0.2)
    assert len(jobflows(cloud, cluster["name"])) == 1


@pytest.mark.parametrize("worked", [True, False], ids=["it had launched", "it had not"])
def test_a_launch_whose_answer_was_lost_launches_one_cluster(cloud: LocalCloud, somebody: Api, worked: bool) -> None:
    # Step Functions' own SDK call retries a 500 once by itself, as botocore would; so fail more often than it tries.
    with emr_answers(cloud, launch_fails(1 if worked else 6, broken, having_worked=worked)):
        cluster = somebody.launch()
        moving_on(cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "WAITING", 0.2)
    assert len(jobflows(cloud, cluster["name"])) == 1


def test_a_launch_that_emr_refuses_ends_with_the_reason(cloud: LocalCloud, somebody: Api) -> None:
    refusal = EmrError("ValidationException", "The subnet is not valid.")
    with emr_answers(cloud, launch_fails(10, lambda: refusal)):
        cluster = somebody.launch()
        moving_on(
            cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "FAILED_TO_LAUNCH", 0.2
        )
    record = somebody("GET", f"/clusters/{cluster['id']}").body
    assert "The subnet is not valid." in record["status_reason"]
    assert record["finished_at"]
    assert jobflows(cloud, cluster["name"]) == []
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")


def test_lost_events_are_made_up_for_by_the_sweep(cloud: LocalCloud, somebody: Api) -> None:
    with events_go(cloud, lambda event, deliver: None):
        cluster = somebody.launch()
        path = f"/clusters/{cluster['id']}"
        jobflow = until(lambda: somebody("GET", path).body["jobflow_id"])
        until(lambda: cloud.emr.clusters[jobflow].state == "WAITING")
        assert somebody("GET", path).body["status"] == "STARTING"
        cloud.events.tick("sweep")
        reaches(somebody, path, "WAITING")
        somebody("POST", f"{path}/terminate")
        until(lambda: cloud.emr.clusters[jobflow].state == "TERMINATED")
        moving_on(cloud, lambda: somebody("GET", path).body["status"] == "TERMINATED", 1)


def test_events_that_come_twice_and_late_change_nothing(cloud: LocalCloud, somebody: Api) -> None:
    events: list[Params] = []

    def twice(event: Params, deliver: Callable[[Params], None]) -> None:
        events.append(event)
        deliver(event)
        deliver(event)

    with events_go(cloud, twice):
        cluster = somebody.launch()
        path = f"/clusters/{cluster['id']}"
        reaches(somebody, path, "WAITING")
        somebody("POST", f"{path}/terminate")
        reaches(somebody, path, "TERMINATED")
        until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")
    ended = somebody("GET", path).body
    for event in events:
        cloud.functions.invoke("atmo-local-on-emr-event", event)
    assert somebody("GET", path).body == ended


def test_a_cluster_that_does_not_get_ready_is_ended(cloud: LocalCloud, somebody: Api) -> None:
    with events_go(cloud, lambda event, deliver: None):
        cluster = somebody.launch(lifetime=24)
        path = f"/clusters/{cluster['id']}"
        until(lambda: "AwaitReady" in visited(cloud, "cluster", cluster["id"]))
        cloud.clock.advance(minutes=61)
        moving_on(cloud, lambda: somebody("GET", path).body["status"] == "TERMINATED", 1)
    assert "The cluster was not ready within 1 hour" in somebody("GET", path).body["status_reason"]


def test_the_sweep_ends_what_bears_our_name_and_is_nobodys(cloud: LocalCloud) -> None:
    tags = [{"Key": "Application", "Value": "atmo"}, {"Key": "Environment", "Value": "local"}]
    launch: Callable[..., str] = lambda name, tagged: str(  # noqa: E731
        cloud.client("emr").run_job_flow(
            Name=name, ReleaseLabel="emr-7.10.0", Tags=tagged, ServiceRole="role", JobFlowRole="profile",
            Instances={"KeepJobFlowAliveWhenNoSteps": True, "MasterInstanceType": "m5.xlarge", "InstanceCount": 1},
        )["JobFlowId"]
    )  # fmt: skip
    orphan = launch("atmo-local-cluster-ghost-keen-noether-1", tags)
    others = [launch("atmo-prod-cluster-ghost-keen-noether-1", tags), launch("atmo-local-cluster-ghost-untagged", [])]
    cloud.events.tick("sweep")
    cloud.clock.advance(minutes=15)
    cloud.events.tick("sweep")
    until(lambda: cloud.emr.clusters[orphan].state == "TERMINATED")
    assert all(cloud.emr.clusters[other].state != "TERMINATED" for other in others)
    cloud.client("emr").terminate_job_flows(JobFlowIds=others)


def test_a_record_whose_launch_was_never_started_is_started_by_the_sweep(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.aws import step_functions
    from chalicelib.core.errors import Unavailable

    def down(*_: object) -> None:
        raise Unavailable("AWS could not start the work just now.")

    with monkeypatch.context() as patch:
        patch.setattr(step_functions, "start", down)
        cluster = somebody.launch()
    cloud.clock.advance(minutes=3)
    cloud.events.tick("sweep")
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
