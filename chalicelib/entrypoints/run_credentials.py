"""What the runner on a run's cluster calls: credentials for this run's objects."""

from __future__ import annotations

from typing import Any

from chalicelib.core.errors import Forbidden
from chalicelib.core.observability import observed_handler
from chalicelib.runs import credentials


@observed_handler
def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """`{"run", "token"}` to `{"credentials": {...}}`, or to `{"refused": why}`. What AWS did not answer is raised, to be asked
    again."""
    try:
        return credentials.issue(str(event.get("run", "")), str(event.get("token", "")))
    except Forbidden as error:
        return {"refused": error.message}
