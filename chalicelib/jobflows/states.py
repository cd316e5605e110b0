"""The states of a jobflow in their order. EMR's events come late and twice; what is on record only moves forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chalicelib.aws import jobflows
from chalicelib.aws.jobflows import JobflowState

ORDER = jobflows.LIVE
"""The states of a live jobflow, in the order in which they are passed through."""


def earlier_states(state: str, order: Sequence[str] = ORDER) -> list[str]:
    """The states from which one may move to this one.

    RUNNING and WAITING alternate as steps come and go, so each may follow the other.
    """
    if state not in order:
        return list(order)
    before = list(order[: order.index(state)])
    return [*before, JobflowState.WAITING] if state == JobflowState.RUNNING else before


def seconds(span: timedelta) -> int:
    """How long an execution waits: the whole seconds of the span and one more, so that it wakes when the time is over."""
    return max(1, int(span.total_seconds()) + 1)
