"""The tasks of statemachines/cluster.asl.json, one each time."""

from __future__ import annotations

from typing import Any

from chalicelib.clusters import lifecycle
from chalicelib.core.observability import observed_handler


@observed_handler
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Step Functions calls this with the task's name and arguments."""
    return lifecycle.task(event)
