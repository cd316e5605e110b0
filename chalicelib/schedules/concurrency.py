"""Which runs of one job may run at the same time, and which wait. Pure decisions of the job's record: nothing here calls AWS."""

from __future__ import annotations

from typing import Literal

from chalicelib.core.limits import LIMITS
from chalicelib.core.text import wall_clock_with_zone
from chalicelib.schedules.job import ScheduledJob
from chalicelib.schedules.policies import Overlap


def may_run_concurrently(job: ScheduledJob) -> bool:
    """Whether one more run may be going beside those that are."""
    return job.overlap == Overlap.ALLOW and len(unfinished_runs(job)) < LIMITS.concurrent_runs


def may_wait(job: ScheduledJob) -> bool:
    """Whether one more run may wait."""
    return job.overlap == Overlap.QUEUE and len(job.further_runs or []) < LIMITS.queued_runs


def unfinished_runs(job: ScheduledJob) -> list[str]:
    """The runs that are on the job: the active one, and those that wait for it or go on beside it."""
    return [*([job.active_run] if job.active_run else []), *(job.further_runs or [])]


def queue_reason(job: ScheduledJob) -> str:
    """What a run that is queued now waits for, in words."""
    before = len(job.further_runs or [])
    others = f" and {before} more to end" if before else " to end"
    first = (
        f"the run of {wall_clock_with_zone(job.last_run_at, job.timezone)}" if job.last_run_at else "the previous run"
    )
    return f"Waiting for {first}{others}."


def runs_after(job: ScheduledJob, run_id: str, successor: str | None = None) -> list[str]:
    """The runs that are on the job, in order, once this one is over. A successor, its next attempt, takes its place."""
    after = [run if run != run_id else successor for run in unfinished_runs(job)]
    return [run for run in after if run]


def decide_manual_run(job: ScheduledJob, frozen: str = "") -> tuple[Literal["run", "queue", "refuse"], str]:
    """What to do when somebody asks for a run now, and why in words."""
    if frozen:
        return "refuse", frozen
    if not job.active_run:
        return "run", ""
    if may_run_concurrently(job):
        return "run", ""
    if may_wait(job):
        return "queue", queue_reason(job)
    return "refuse", _refusal(job)


def _refusal(job: ScheduledJob) -> str:
    if job.overlap == Overlap.ALLOW:
        return f"{LIMITS.concurrent_runs} runs of {job.identifier} are already running. Wait until one ends, or cancel one first."
    if job.overlap == Overlap.QUEUE:
        return f"{LIMITS.queued_runs} runs of {job.identifier} are already waiting. Wait until one starts, or cancel one first."
    return f"A run of {job.identifier} is still running. Wait until it ends, or cancel it first."
