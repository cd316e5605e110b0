"""The history of executions, for people who read what a state machine did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code
from chalicelib.aws.step_functions import MAX_EXECUTIONS

PAGE = 1000
"""Events of one call, the most that Step Functions returns. An execution has more only when it failed and tried again for days."""


@dataclass(frozen=True)
class Event:
    """One event of one execution that says something: a state entered, a failure, an end."""

    at: datetime
    execution: str
    what: str
    detail: str = ""


def history(machine_arn: str, record_id: str) -> list[Event]:
    """The events of a record's execution and of its successors. Step Functions forgets them after 90 days.

    Raises:
        Unavailable: Step Functions does not answer.
    """
    names = (record_id, *(f"{record_id}.{number}" for number in range(2, MAX_EXECUTIONS + 1)))
    events_of_all: list[Event] = []
    with answering("read the executions' history"):
        for name in names:
            events = _events(machine_arn.replace(":stateMachine:", ":execution:") + f":{name}")
            if events is None:
                break
            events_of_all += _worth_telling(name, events)
    return events_of_all


def _events(execution_arn: str) -> list[Mapping[str, Any]] | None:
    try:
        answer = client("stepfunctions").get_execution_history(executionArn=execution_arn, maxResults=PAGE)
    except ClientError as error:
        if code(error) != "ExecutionDoesNotExist":
            raise
        return None
    events: list[Mapping[str, Any]] = answer["events"]
    return events


def _worth_telling(name: str, events: list[Mapping[str, Any]]) -> Iterator[Event]:
    for event in events:
        kind = str(event["type"])
        details: Mapping[str, Any] = next((event[key] for key in event if key.endswith("EventDetails")), {})
        at = event["timestamp"].astimezone(UTC)
        if kind.endswith("StateEntered"):
            yield Event(at, name, f"Entered {details.get('name', '')}")
        elif kind.startswith("Execution") or kind.endswith(("Failed", "TimedOut")):
            yield Event(at, name, kind, " ".join(filter(None, (details.get("error"), details.get("cause")))))
