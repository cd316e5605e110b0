"""Every function of the zip under AWS's own runtime client, with events as AWS documents them; AWS is the embedded cloud.

The zip is that of `make package` but for the Python and the processor that it is made for (`--for-this-machine`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localaws.cloud import LocalCloud
from scripts.bench.functions import Person
from tests.packaging.conftest import Packaged
from tests.support import lambda_events
from tests.support.clouds import one_cloud

pytest.importorskip("awslambdaric", reason="AWS builds its runtime client for Linux only.")
from tests.support.runtime_api import Answer, Runtime, install_client

Invoke = Callable[[str, Any], Answer]


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    with one_cloud(phase_seconds=3600) as running:
        yield running


@pytest.fixture(scope="module")
def person(cloud: LocalCloud) -> Person:
    return Person(cloud, "alice")


@pytest.fixture(scope="module")
def cluster(person: Person) -> str:
    return person.cluster()


@pytest.fixture(scope="module")
def run(person: Person) -> str:
    return person.run()


@pytest.fixture(scope="module")
def invoke(
    runnable: Packaged, unpacked: Path, cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Invoke]:
    """Sends an event to a function of the zip, by its logical id in the template."""
    functions = runnable.resources("AWS::Serverless::Function")
    client = install_client(tmp_path_factory.mktemp("runtime"))
    running: dict[str, Runtime] = {}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}

    def send(function: str, event: Any) -> Answer:
        if function not in running:
            handler = functions[function]["Handler"]
            running[function] = Runtime(unpacked, client, handler, f"atmo-local-{function.lower()}", environment)
        return running[function].invoke(event)

    try:
        yield send
    finally:
        for runtime in running.values():
            runtime.__exit__()


def test_the_portal_answers_a_page(invoke: Invoke) -> None:
    answer = invoke("APIHandler", lambda_events.request("/"))
    assert answer.kind == "response"
    assert answer.body["statusCode"] == 200, answer
    assert answer.body.keys() >= {"headers", "multiValueHeaders", "body"}, answer
    assert "<!doctype html>" in answer.body["body"].lower()
    assert answer.body["headers"]["X-Frame-Options"] == "DENY"
    assert not answer.body.get("isBase64Encoded")


def test_the_portal_is_well(invoke: Invoke) -> None:
    for path in ("/__version__", "/__heartbeat__", "/__lbheartbeat__"):
        assert invoke("APIHandler", lambda_events.request(path)).body["statusCode"] == 200, path


def test_the_api_answers_a_list_and_makes_a_record(invoke: Invoke, person: Person) -> None:
    token = {"Authorization": f"Bearer {person.token}"}
    answer = invoke("APIHandler", lambda_events.request("/api/v1/releases", **token))
    assert answer.body["statusCode"] == 200
    assert json.loads(answer.body["body"])["items"]
    refused = lambda_events.request(
        "/api/v1/keys", "POST", '{"title": 1}', **token, **{"Content-Type": "application/json"}
    )
    answer = invoke("APIHandler", refused)
    assert answer.body["statusCode"] == 422
    assert {error["field"] for error in json.loads(answer.body["body"])["errors"]} == {"title", "key"}
    assert invoke("APIHandler", lambda_events.request("/api/v1/releases")).body["statusCode"] == 401


def test_the_clock_ticks(invoke: Invoke) -> None:
    for function in ("Dispatch", "Sweep"):
        assert invoke(function, lambda_events.scheduled(function)) == Answer("response", None)
        # Warm, and with the event repeated, as EventBridge may.
        assert invoke(function, lambda_events.scheduled(function)) == Answer("response", None)


@pytest.mark.parametrize(
    "event",
    [
        lambda_events.cluster_state("j-1YONHTCP3YZKC", "TERMINATED_WITH_ERRORS"),
        lambda_events.step_state("j-1YONHTCP3YZKC", "s-ZYXWVUT12345", "FAILED"),
    ],
    ids=["cluster", "step"],
)
def test_an_event_about_somebody_elses_cluster_is_left_alone(invoke: Invoke, event: dict[str, Any]) -> None:
    assert invoke("OnEmrEvent", event) == Answer("response", None)


def test_an_event_about_our_cluster_moves_its_record(invoke: Invoke, cluster: str) -> None:
    from chalicelib.clusters.models import Cluster

    record = Cluster.get(cluster)
    record.jobflow_id = "j-2AXXXXXXGAPLF"
    record.save()
    assert invoke("OnEmrEvent", lambda_events.cluster_state("j-2AXXXXXXGAPLF", "BOOTSTRAPPING")) == Answer(
        "response", None
    )
    assert Cluster.get(cluster).status == "BOOTSTRAPPING"


def test_the_state_machines_tasks_decide(invoke: Invoke, run: str, cluster: str) -> None:
    assert invoke("ClusterTask", {"task": "decide", "cluster_id": cluster}).body["action"]
    assert invoke("RunTask", {"task": "decide", "run_id": run}).body["action"]


def test_a_task_that_is_none_is_an_error_that_the_machine_sees(invoke: Invoke) -> None:
    answer = invoke("ClusterTask", {"task": "dance", "cluster_id": "c-1"})
    assert answer.kind == "error"
    assert answer.body["errorType"]


def test_a_runner_gets_credentials_for_its_run(invoke: Invoke, run: str) -> None:
    from chalicelib.runs.credentials import token

    issued = invoke("RunCredentials", {"run": run, "token": token(run)}).body["credentials"]
    assert issued.keys() == {"access_key", "secret_key", "token", "expiry_time"}
    assert invoke("RunCredentials", {"run": run, "token": "wrong"}).body.keys() == {"refused"}


def test_operators_are_answered(invoke: Invoke) -> None:
    answer = invoke("Operator", {"command": "releases.list", "operator": "ann"})
    assert answer.body["result"]
    assert invoke("Operator", {"command": "dance", "operator": "ann"}).body["error"]["status"]


def test_every_function_of_the_template_is_tried_here(runnable: Packaged) -> None:
    source = Path(__file__).read_text()
    functions = runnable.resources("AWS::Serverless::Function")
    assert [name for name in functions if f'"{name}"' not in source] == []
