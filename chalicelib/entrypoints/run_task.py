"""The tasks of statemachines/job_run.asl.json, one each time."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.core.observability import observed_handler
from chalicelib.runs import lifecycle

SERVE_SLOT = "serve_slot"
"""The task of an execution that waited for a slot: its arguments are `job_id` and the `slot`."""


@observed_handler
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Step Functions calls this with the task's name and arguments."""
    return task(event)


def task(event: dict[str, Any]) -> dict[str, Any]:
    """`{"task": name, ...}`: a slot's, which has no run yet, or a run's."""
    if event["task"] == SERVE_SLOT:
        from chalicelib.dispatch import service as dispatch  # what else decides on slots; most tasks are a run's

        dispatch.serve_slot(event["job_id"], clock.parse(event["slot"]), clock.now())
        return {}
    return lifecycle.task(event)
