"""Results that are late, and runs that take unusually long. Pure decisions of (job, runs, now): nothing here calls AWS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.core.text import wall_clock_with_zone
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, history
from chalicelib.runs.models import Run, RunStatus

FAR = 2
"""A run takes unusually long from so many times the usual length on,"""
LEAST = timedelta(minutes=10)
"""if that is at least so much longer."""

Standing = Literal["fulfilled", "broken", "void"]


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept: of which slot, what is known of it, and when to expect the result, if that can be told; then
    `usual` is how long the job's runs take. `run` is the latest one of the slot, if any."""

    slot: datetime
    known: str
    run: Run | None = None
    expected_at: datetime | None = None
    usual: timedelta | None = None


First = tuple[Job, Sequence[Run]]
"""The job that starts a chain of jobs, and its runs of the slot."""


def standing(job: Job, slot: datetime, runs: Sequence[Run], first: First | None = None) -> Standing:
    """What became of a promise whose moment has come, by the slot's runs: `void` where the job's owner did not want the slot, or
    the job never had it. `first` is where the slot comes from, for a job that starts after another one."""
    if any(run.status == RunStatus.SUCCEEDED for run in runs):
        return "fulfilled"
    return "void" if is_void(job, slot, runs, first) else "broken"


def is_void(job: Job, slot: datetime, runs: Sequence[Run], first: First | None = None) -> bool:
    """Whether nobody is to be served by a slot: none of its runs has begun, and the job is paused or over, was snoozed, or has
    gone past the slot without a record of it, as after an edit or a pause; or it starts after another job, but not yet."""
    if any(run.status != RunStatus.SKIPPED for run in runs):
        return False
    if rests(job, slot):
        return True
    if first:
        return slot < job.start_date or bool(job.end_date and job.end_date <= slot) or is_void(first[0], slot, first[1])
    return not runs and (job.next_run_at is None or job.next_run_at > slot)


def rests(job: Job, slot: datetime) -> bool:
    """Whether the job is paused or over, or was snoozed beyond the slot."""
    is_snoozed = job.snoozed_until is not None and slot < job.snoozed_until
    return bool(not job.is_enabled or job.expired_at or is_snoozed)


def known(run: Run | None, zone: str) -> str:
    """What is known of a result that is not there, in a sentence or two, by the latest run of its slot."""
    if run is None:
        return "Its run has not been started."
    if run.status in (RunStatus.STARTING, RunStatus.RUNNING):
        return f"Its run is still going: {_since(run, zone)}"
    if run.status == RunStatus.QUEUED:
        return _waiting(run, zone)
    said = run.diagnosis["summary"] if run.diagnosis else run.status_reason
    return f"{_ENDS[RunStatus(run.status)]} {said}".strip()


def not_started_after(before: Job) -> str:
    """The same of a job that has no run for the slot, since none of the job before it has started one."""
    said = _LAST.get(str(before.last_run_status), "has not ended yet")
    return f"It has not been started: it starts after {before.identifier}, whose last run {said}."


_LAST = {
    "None": "is still to come",
    RunStatus.SUCCEEDED.value: "has succeeded",
    RunStatus.FAILED.value: "failed",
    RunStatus.TIMED_OUT.value: "timed out",
    RunStatus.CANCELLED.value: "was cancelled",
    RunStatus.SKIPPED.value: "was skipped",
}
_ENDS = {
    RunStatus.SUCCEEDED: "Its run has succeeded.",
    RunStatus.FAILED: "Its run failed:",
    RunStatus.TIMED_OUT: "Its run was stopped after its timeout:",
    RunStatus.CANCELLED: "Its run was cancelled:",
    RunStatus.SKIPPED: "Its run was skipped:",
}


def _since(run: Run, zone: str) -> str:
    number = f" ({attempts.of(run)})" if run.attempt > 1 else ""
    return f"its cluster was launched on {wall_clock_with_zone(run.started_at or run.created_at, zone)}{number}."


def _waiting(run: Run, zone: str) -> str:
    if run.waits_for:
        return f"Its run has not been started. {run.status_reason}".strip()
    if run.attempt > 1 and run.not_before:
        return f"It failed; {attempts.of(run)} starts on {wall_clock_with_zone(run.not_before, zone)}."
    return f"Its run has no cluster yet. {run.status_reason}".strip()


def expected_at(run: Run | None, usual: timedelta | None, now: datetime) -> datetime | None:
    """When the result will be there, if what goes on or waits takes as long as usual from now on; None where nothing does, or
    nobody can tell."""
    if usual is None or (run and run.is_final):
        return None
    if run is None:
        return now + usual
    if run.started_at:
        return run.started_at + usual if run.started_at + usual > now else None
    return max(run.not_before or now, now) + usual


def usual_before(run: Run, others: Sequence[Run]) -> timedelta | None:
    """How long the job's latest successful runs before this one took, on as many workers; None where there are too few."""
    alike = [other for other in history.successes_before(run, others) if other.size == run.size]
    return history.usual(alike) if len(alike) >= history.FEWEST else None


def is_unusual_from(run: Run, usual: timedelta) -> datetime | None:
    """The moment from which a run takes unusually long; None before its launch."""
    return run.started_at + max(usual * FAR, usual + LEAST) if run.started_at else None


def is_unusually_long(run: Run, now: datetime) -> bool:
    """Whether a run that goes on takes unusually long by now."""
    return bool(not run.is_final and run.unusual_from and now >= run.unusual_from)


def is_late(run: Run, now: datetime) -> bool:
    """Whether a run's result came, or is still to come, later than promised. Of other runs nothing is to be expected."""
    if not run.promised_at or (run.is_final and run.status != RunStatus.SUCCEEDED):
        return False
    return bool((run.finished_at or now) > run.promised_at)
