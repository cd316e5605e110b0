"""One id leads from the click to everything that came of it, and the operators' command tells that in order."""

from __future__ import annotations

import json
from functools import partial
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud
from tests.cloud.operator.test_commands import Operator
from tests.cloud.runs.test_alerts import FAILING
from tests.support.executions import awaits_expiry
from tests.support.http import RELEASE, Api, reaches, until
from tests.support.webhook_receiver import receiver
from tests.support.wiretap import Call, Really, tapped


def by(story: dict[str, Any], source: str) -> list[dict[str, Any]]:
    return [item for item in story["items"] if item["source"] == source]


def launched(cloud: LocalCloud, somebody: Api) -> tuple[dict[str, Any], str]:
    """A cluster that waits for its expiry, and the correlation id that its click was answered with."""
    body = {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
    answer = somebody("POST", "/clusters", body)
    awaits_expiry(cloud, answer.body["id"])
    return somebody("GET", f"/clusters/{answer.body['id']}").body, answer.headers["Atmo-Correlation"]


def test_of_a_cluster(cloud: LocalCloud, somebody: Api) -> None:
    cluster, correlation = launched(cloud, somebody)
    operator = Operator(cloud)
    operator.result("clusters.terminate", cluster=cluster["id"], reason="A test")
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    story = until(lambda: _whole(operator.result("story", id=cluster["id"])))
    assert story["gaps"] == []
    assert (story["about"], story["jobflows"]) == ([cluster["id"]], [cluster["jobflow_id"]])
    assert correlation in story["correlations"]
    assert [item["at"] for item in story["items"]] == sorted(item["at"] for item in story["items"])
    assert {item["source"] for item in story["items"]} == {"audit trail", "record", "execution", "EMR", "mail", "log"}
    assert by(story, "audit trail")[0]["what"] == "Launched it."
    assert {"Entered Launch", "Entered AwaitEnd", "ExecutionSucceeded"} <= {
        item["what"] for item in by(story, "execution")
    }
    assert "Cluster ended: TERMINATED" in {item["what"] for item in by(story, "EMR")}
    assert {"cluster-task", "on-emr-event"} <= {item["about"] for item in by(story, "log")}
    assert all(correlation in item["detail"] for item in by(story, "log") if item["about"] == "cluster-task")
    for id_ in (cluster["jobflow_id"], correlation):
        assert operator.result("story", id=id_)["about"] == [cluster["id"]]


def _whole(story: dict[str, Any]) -> dict[str, Any] | None:
    return story if any(item["what"] == "ExecutionSucceeded" for item in by(story, "execution")) else None


def test_the_id_goes_with_the_execution_and_the_jobflow(cloud: LocalCloud, somebody: Api) -> None:
    cluster, correlation = launched(cloud, somebody)
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-cluster:{cluster['id']}"
    sent = json.loads(cloud.client("stepfunctions").describe_execution(executionArn=arn)["input"])
    assert sent == {"cluster_id": cluster["id"], "correlation": correlation}
    jobflow = cloud.client("emr").describe_cluster(ClusterId=cluster["jobflow_id"])["Cluster"]
    assert {"Key": "Correlation", "Value": correlation} in jobflow["Tags"]


def test_of_a_run_that_failed(cloud: LocalCloud, somebody: Api) -> None:
    operator = Operator(cloud)
    with receiver() as hook:
        job = somebody.schedule(f"story-{uuid4().hex[:8]}", notebook=FAILING, webhook_url=hook.url)
        answer = somebody("POST", f"/jobs/{job['id']}/run", {})
        run, correlation = answer.body["id"], answer.headers["Atmo-Correlation"]
        story = until(partial(_received, operator, run), 60)
    headers, _ = hook.received[0]
    assert (headers["Atmo-Correlation"], story["correlations"]) == (correlation, [correlation])
    assert {item["what"] for item in by(story, "webhook")} == {"Posted: run.failed", "Received: run.failed"}
    assert any(item["what"].startswith("SES took it: ") for item in by(story, "mail"))
    assert "Step notebook ended: FAILED" in {item["what"] for item in by(story, "EMR")}
    assert "run-credentials" in {item["about"] for item in by(story, "log")}
    for id_ in (correlation, job["id"]):
        assert operator.result("story", id=id_)["about"] == [job["id"], run]


def _received(operator: Operator, run: str) -> dict[str, Any] | None:
    story: dict[str, Any] = operator.result("story", id=run)
    return story if any(item["what"].startswith("Received") for item in by(story, "webhook")) else None


def test_what_does_not_answer_leaves_a_gap(cloud: LocalCloud, somebody: Api) -> None:
    cluster, _ = launched(cloud, somebody)

    def silent(call: Call, really: Really) -> Any:
        if call.operation in ("ListSteps", "FilterLogEvents"):
            raise ClientError({"Error": {"Code": "InternalFailure", "Message": "Try again"}}, call.operation)
        return really()

    with tapped(silent):
        story = Operator(cloud).result("story", id=cluster["id"])
    assert [gap.partition(":")[0] for gap in story["gaps"]] == ["EMR", "log"]
    assert by(story, "execution")


def test_of_nothing(cloud: LocalCloud) -> None:
    refused = Operator(cloud).refused("story", id="c-nothing")
    assert (refused["status"], "Nothing is known of c-nothing" in refused["detail"]) == (404, True)
