"""The tasks of statemachines/job_run.asl.json, one each time."""

from __future__ import annotations

from typing import Any

from chalicelib.core.observability import observed_handler
from chalicelib.runs import lifecycle


@observed_handler
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Step Functions calls this with the task's name and arguments."""
    return lifecycle.task(event)
