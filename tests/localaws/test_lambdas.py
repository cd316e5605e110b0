"""Functions run in this process, by Lambda's rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localaws.cloud import LocalCloud
from tests.support.http import until


@pytest.fixture
def operator(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The function `operator` fails, with what it was given; the list of that."""
    from chalicelib.entrypoints.operator import service

    events: list[Any] = []

    def fail(event: Any, context: Any) -> None:
        events.append((event, context))
        raise ValueError("not today")

    monkeypatch.setattr(service, "handler", fail)
    return events


def test_a_result_comes_back_as_json(cloud: LocalCloud) -> None:
    name = cloud.functions.find("operator").function_name
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps({"command": "help"}))
    assert answer["StatusCode"] == 200
    assert "FunctionError" not in answer
    assert "releases.seed" in json.loads(answer["Payload"].read())["result"]


def test_an_exception_is_a_function_error(cloud: LocalCloud, operator: list[Any]) -> None:
    name = cloud.functions.find("operator").function_name
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload="{}")
    assert answer["FunctionError"] == "Unhandled"
    error = json.loads(answer["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "not today")


def test_the_context_is_lambdas(cloud: LocalCloud, operator: list[Any]) -> None:
    cloud.functions.invoke("operator", {"a": 1})
    event, context = operator[0]
    assert event == {"a": 1}
    assert context.function_name == "atmo-local-operator"
    assert context.invoked_function_arn.endswith(":function:atmo-local-operator")
    assert 0 < context.get_remaining_time_in_millis() <= 300_000
    assert len(context.aws_request_id) == 36


def test_an_event_is_tried_three_times(cloud: LocalCloud, operator: list[Any]) -> None:
    name = cloud.functions.find("operator").function_name
    answer = cloud.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload='{"n": 1}')
    assert answer["StatusCode"] == 202
    until(lambda: len(operator) == 1)

    def attempts(count: int) -> bool:
        # The retry begins to wait a moment after the attempt failed.
        cloud.clock.advance(seconds=1)
        return len(operator) == count

    until(lambda: attempts(2), 60)
    until(lambda: attempts(3), 60)
    cloud.clock.advance(hours=1)
    assert cloud.functions.wait_until_idle()
    assert [event for event, _ in operator] == [{"n": 1}] * 3


def test_the_environment_is_the_templates(cloud: LocalCloud) -> None:
    import os

    assert os.environ["TABLE_PREFIX"] == "atmo-local-"
    assert os.environ["PORTAL_URL"] == cloud.portal_url
    assert os.environ["OIDC_ISSUER"] == cloud.oidc_issuer
