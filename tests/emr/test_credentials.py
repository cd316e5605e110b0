"""The run's own credentials: fetched when they are first needed and again before they end, and what is said when there are none."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from credentials import RunCredentials
from storage import StorageError, fetch, s3_client

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:atmo-test-run-credentials"


class Function:
    """Stands for Lambda's client: answers with these, one after the other."""

    def __init__(self, *answers: Any) -> None:
        self.answers, self.calls = list(answers), list[Any]()

    def invoke(self, **call: Any) -> Any:
        self.calls.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


def lasting(minutes: float, key: str) -> dict[str, Any]:
    expires_at = datetime.now(UTC) + timedelta(minutes=minutes)
    parts = {"access_key": key, "secret_key": "s", "token": "t", "expiry_time": f"{expires_at:%Y-%m-%dT%H:%M:%SZ}"}
    return {
        "credentials": parts,
        "parameters": {"days": 7},
        "keys": ["a", "b"],
        "keys_file": "s3://results/runs/j-1/r-1/keys.json",
    }


def credentials_from(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> tuple[RunCredentials, Function]:
    made, function = RunCredentials(FUNCTION, "r-1", "secret"), Function(*answers)
    monkeypatch.setattr(made, "_client", function)
    return made, function


def test_they_are_fetched_when_first_needed_and_again_before_they_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made, function = credentials_from(monkeypatch, lasting(5, "first"), lasting(60, "second"))
    session = made.session()
    assert session.region_name == "eu-west-1"
    assert function.calls == []
    keys = [session.get_credentials().get_frozen_credentials().access_key for _ in range(3)]
    assert keys == ["first", "second", "second"]
    assert [call["FunctionName"] for call in function.calls] == [FUNCTION] * 2
    assert json.loads(function.calls[0]["Payload"]) == {"run": "r-1", "token": "secret"}


def test_the_runs_parameters_come_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made, function = credentials_from(monkeypatch, lasting(60, "first"))
    assert (made.parameters(), made.parameters()) == ({"days": 7}, {"days": 7})
    assert made.keys() == (["a", "b"], "s3://results/runs/j-1/r-1/keys.json")
    assert len(function.calls) == 1


def test_a_run_of_no_objects_has_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    made, _ = credentials_from(monkeypatch, {"credentials": lasting(60, "first")["credentials"]})
    assert (made.keys(), made.parameters()) == (([], ""), {})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"refused": "This run's token is wrong, or the run is over."}, "the run is over"),
        ({"errorMessage": "AWS could not give out credentials just now."}, "could not give out"),
        ({}, "did not say why"),
        ([], "did not say why"),
        (EndpointConnectionError(endpoint_url="https://lambda"), "https://lambda"),
        (ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "Invoke"), "AccessDenied"),
    ],
)
def test_what_is_said_when_there_are_none(monkeypatch: pytest.MonkeyPatch, answer: Any, words: str) -> None:
    made, _ = credentials_from(monkeypatch, answer)
    client = s3_client(made.session())
    with pytest.raises(StorageError, match="Could not get credentials for this run") as refused:
        fetch(client, "s3://notebooks/jobs/j-1/flights.ipynb", None)
    assert words in str(refused.value)
