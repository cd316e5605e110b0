"""What the state machines of clusters and runs have in common: starting, resuming, their tasks, and failed launches.

Each execution bears its record's id, so a double start is one start. What comes next is each kind's own `rules.next_action`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from chalicelib.aws import step_functions
from chalicelib.core import clock, correlation
from chalicelib.core.config import Settings, settings
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import find
from chalicelib.jobflows import launches, lost_launches
from chalicelib.jobflows.models import JobflowRecord

RecordT = TypeVar("RecordT", bound=JobflowRecord)
Tasks = Mapping[str, Callable[..., dict[str, Any]]]


@dataclass(frozen=True)
class Machine(Generic[RecordT]):
    """The state machine of one kind of record: "cluster" or "run", whose id its input has as `cluster_id` or `run_id`."""

    kind: str
    model: type[RecordT]
    arn: Callable[[Settings], str]

    def start(self, record: RecordT) -> None:
        """Start the record's execution, once. If Step Functions does not answer, the sweep starts it later."""
        try:
            step_functions.start(self.arn(settings()), record.id, self._input(record))
        except Unavailable:
            logger.warning("start_postponed", extra={self.kind: record.id})

    def resume(self, record: RecordT, before: Callable[[str], None]) -> str:
        """Make sure that an execution runs for this record; returns its name when one had to be started. `before` gets the name of
        each that is asked for in place of one that has closed.

        Raises:
            Unavailable: Step Functions does not answer.
        """
        return step_functions.resume(self.arn(settings()), record.id, self._input(record), before)

    def run_task(self, payload: Mapping[str, Any], tasks: Tasks) -> dict[str, Any]:
        """One task of the state machine: `{"task": name, "<kind>_id": id, ...}`, where the rest are the task's arguments."""
        named = ("task", f"{self.kind}_id")
        record = find(self.model, payload[named[1]])
        if record is None:
            raise LookupError(f"no {self.kind} {payload[named[1]]}")
        correlation.follow(record.correlation)
        logger.append_keys(**{self.kind: record.id, "jobflow": record.jobflow_id})
        arguments = {key: value for key, value in payload.items() if key not in named}
        return tasks[payload["task"]](record, clock.now(), **arguments)

    def _input(self, record: RecordT) -> dict[str, str]:
        correlated = {"correlation": record.correlation} if record.correlation else {}
        return {f"{self.kind}_id": record.id, **correlated}


def answer_launch_error(
    record: JobflowRecord, asked_at: datetime, now: datetime, error: str, cause: str, fail: Callable[[str], None]
) -> dict[str, Any]:
    """What an error of RunJobFlow means: `launched`, `retry` after some seconds, or `failed`, recorded by `fail`.

    Raises:
        Unavailable: EMR could not be asked whether it launched; the machine asks again.
    """
    verdict, reason = launches.after_launch_error(error, cause, now - asked_at)
    logger.warning("launch_error", extra={"verdict": verdict, "error": error, "cause": cause})
    if verdict == "look" and (jobflow := lost_launches.launched_since(record, asked_at)):
        return {"verdict": "launched", "jobflow_id": jobflow.id}
    if verdict == "failed":
        fail(reason)
        return {"verdict": "failed", "reason": reason}
    record.update([type(record).status_reason.set(reason)])
    return {"verdict": "retry", "seconds": launches.jittered(int(record.launch_attempts))}
