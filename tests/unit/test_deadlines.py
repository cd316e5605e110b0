"""What each function waits for AWS at most, by its limit and by its clients' settings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from chalicelib.aws.clients import SERVICES, asking_once, client, patient
from chalicelib.aws.lambdas import SWEEP_LASTS
from chalicelib.aws.ses import TIMEOUT
from chalicelib.core import deadline
from chalicelib.core.deadline import RESERVE, longest_try
from chalicelib.core.dynamodb import connection
from tests.unit.test_entrypoints import RESOURCES, _Tags

PAGE = 1.0
"""Seconds for making the page that says so."""


@cache
def limits() -> dict[str, int]:
    """Each function's limit in seconds, by its name in the template."""
    resources: dict[str, Any] = yaml.load(RESOURCES.read_text(), _Tags)["Resources"]
    properties = {name: made.get("Properties", {}) for name, made in resources.items()}
    return {name: one["Timeout"] for name, one in properties.items() if "Handler" in one}


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Any]]:
    """All that the functions call AWS with, but for what the operator alone has the patience for."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "nobody")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        shared = {service: client(service) for service in SERVICES}
        once = {f"{service}, once": asking_once(service) for service in ("ec2", "pricing")}
        yield shared | once | {"PynamoDB": connection().client, "mail": asking_once("sesv2", seconds=TIMEOUT)}


def waited(one: Any, limit: float, pause: float) -> float:
    """Seconds until a call is given up that AWS never answers. botocore's pause before a try is random, up to 1, 2, 4 ... seconds;
    `pause` is the share of that which is taken."""
    tries, elapsed = one.meta.config.retries["total_max_attempts"], 0.0
    for number in range(tries):
        if elapsed + longest_try(one) + RESERVE > limit:
            break
        elapsed += longest_try(one) + (pause * min(2**number, 20) if number < tries - 1 else 0)
    return elapsed


@pytest.mark.parametrize("pause", [0, 0.5, 1])
@pytest.mark.parametrize("function", limits())
def test_a_call_that_hangs_leaves_time_to_say_so(clients: dict[str, Any], function: str, pause: float) -> None:
    limit = limits()[function]
    waits = {name: waited(one, limit, pause) for name, one in clients.items()}
    assert {name: seconds for name, seconds in waits.items() if seconds + PAGE > limit} == {}
    assert {name for name, seconds in waits.items() if not seconds} == set(), "never called at all"


def test_a_page_may_call_dynamodb_for_half_of_its_time(clients: dict[str, Any]) -> None:
    """A call is not even begun that might not end in time: one that is allowed little of it could never be made."""
    for service in ("PynamoDB", "s3", "stepfunctions"):
        assert longest_try(clients[service]) + RESERVE <= limits()["APIHandler"] / 2


@pytest.mark.usefixtures("clients")
def test_the_operator_has_the_patience_for_a_sweep() -> None:
    assert longest_try(patient("lambda", SWEEP_LASTS)) + RESERVE < limits()["Operator"]


class Context:
    """Lambda's, with so much time left."""

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


def test_what_might_not_end_in_time_is_not_begun(clients: dict[str, Any]) -> None:
    with deadline.within(Context(longest_try(clients["s3"]) + RESERVE - 1)), pytest.raises(deadline.OutOfTime):
        clients["s3"].list_buckets()
