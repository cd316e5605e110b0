"""What is an outcome of a launch, and what is tried again."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ConnectTimeoutError
from pynamodb.exceptions import GetError

from chalicelib.core.errors import Unavailable
from chalicelib.jobflows.spark_configuration import UnusableConfiguration
from chalicelib.jobflows.unbuildable import UnbuildableRequest, building, undecided


@pytest.mark.parametrize("error", [KeyError("size"), TypeError("a\nb"), RuntimeError("x" * 1000), RecursionError()])
def test_what_would_go_wrong_again_is_an_outcome(error: Exception) -> None:
    with pytest.raises(UnbuildableRequest) as refused, building():
        raise error
    assert type(error).__name__ in str(refused.value)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 600
    assert refused.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [Unavailable("S3"), GetError("silent"), ConnectTimeoutError(endpoint_url="https://s3"), UnusableConfiguration("a")],
)
def test_what_aws_did_not_answer_and_what_has_its_sentence_passes(error: Exception) -> None:
    with pytest.raises(type(error)) as passed, building():
        raise error
    assert passed.value is error


@pytest.mark.parametrize(
    ("cause", "what"),
    [
        (json.dumps({"errorType": "KeyError", "errorMessage": "'size'", "stackTrace": []}), "KeyError: 'size'"),
        ("States.Timeout", "States.Timeout"),
        ("", "without a reason"),
        ("[1]", "[1]"),
        ("{}", "{}"),
    ],
)
def test_the_sentence_of_a_machine_that_gave_up(cause: str, what: str) -> None:
    assert f"({what})" in undecided(cause)
