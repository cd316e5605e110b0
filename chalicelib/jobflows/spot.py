"""Why a cluster that wants spot instances is still starting, in words on its record. For clusters of people and of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.aws import fleets
from chalicelib.aws.fleets import Fleet
from chalicelib.aws.jobflows import JobflowState
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if
from chalicelib.core.text import minutes


class Launched(Protocol):
    """The record of a cluster, or of a run as far as it is about its cluster."""

    status: Any
    status_reason: Any
    jobflow_id: Any


def reason(fleets: Sequence[Fleet], now: datetime) -> str:
    """What these fleets wait for, "" for nothing."""
    waiting = [fleet for fleet in fleets if fleet.awaits_spot]
    if not waiting:
        return ""
    target = sum(fleet.target for fleet in waiting)
    missing = target - sum(fleet.provisioned for fleet in waiting)
    patience = max((fleet.spot_timeout for fleet in waiting if fleet.spot_timeout), default=timedelta())
    if now >= max(fleet.created_at for fleet in waiting) + patience:
        return f"There was no spot capacity within {minutes(patience)}; EMR is taking on-demand instances instead."
    return f"Waiting for spot capacity for {missing} of {target} workers; falls back to on demand after {minutes(patience)}."


def explain(record: Launched, now: datetime) -> None:
    """Ask EMR what a starting cluster's fleets wait for, and say so on the record. A busy EMR is left for the next time."""
    if record.status != JobflowState.STARTING or not record.jobflow_id:
        return
    try:
        explanation = reason(fleets.of_jobflow(record.jobflow_id), now)
    except Unavailable:
        logger.info("explanation_postponed", extra={"jobflow": record.jobflow_id})
        return
    if explanation and explanation != record.status_reason:
        kind: Any = type(record)
        update_if(record, kind.status == JobflowState.STARTING, [kind.status_reason.set(explanation)])  # type: ignore[arg-type]
