"""Whether executions wait, for the clock or for somebody's answer, or are at work."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.models import stepfunctions_parser_backends

BACKING_OFF = {"TaskFailed", "TaskTimedOut"}
"""What comes last before a retry, which waits first."""


def at_rest(account: str, region: str, among: Container[str] | None = None) -> bool:
    """Whether every execution, or every one with one of these names, waits.

    One that has just failed passes for one that waits to try again.
    """
    running = stepfunctions_parser_backends[account][region]._get_executions(ExecutionStatus.RUNNING)
    concerned = (execution for execution in running if among is None or execution.name in among)
    return all(_is_waiting(execution.exec_worker.env) for execution in concerned if execution.exec_worker)


def _is_waiting(env: Any) -> bool:
    history = env.event_manager._history_event_list if env else []
    last = history[-1]["type"] if history else ""
    if last == "TaskSubmitted":
        return any(endpoint.get_outcome() is None for endpoint in list(env.callback_pool_manager._pool.values()))
    return last == "WaitStateEntered" or last in BACKING_OFF
