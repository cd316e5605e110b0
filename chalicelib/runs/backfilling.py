"""What people do about backfills: count, begin, and stop one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import find, new_id, was_overtaken
from chalicelib.core.text import plural, utc
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.runs import backfills, emr_sync, history, latest_runs, run_queue
from chalicelib.runs.machine import MACHINE
from chalicelib.runs.models import Run, RunStatus
from chalicelib.schedules.backfill import Backfill
from chalicelib.site_settings import service as site_settings

if TYPE_CHECKING:
    from chalicelib.runs.forms import NewBackfill


def planned(person: Person, job: Job, form: NewBackfill, now: datetime) -> tuple[Backfill, list[datetime]]:
    """The backfill that a form describes, and the slots that it would run now, in order; nothing is stored.

    Raises:
        Invalid: the range has no such slot, or too many.
    """
    begin, until = (clock.in_utc(moment, job.timezone) for moment in (form.begin, form.until))
    if until <= begin:
        raise Invalid.field("to", "The end of the range must be after its beginning.")
    backfill = Backfill(
        new_id("b"), job.schedule, job.timezone, job.start_date, begin, min(until, now), form.order, form.which,
        form.at_once, 0, person.username,
    )  # fmt: skip
    if len(backfill.slots()) > LIMITS.backfill_slots:
        raise Invalid.field("to", f"The range has more than {LIMITS.backfill_slots} slots. Choose a shorter one.")
    slots = backfills.remaining(job, backfill)
    if not slots:
        raise Invalid.field("from", _nothing_to_do(backfill))
    return backfill.of_total(len(slots)), slots


def _nothing_to_do(backfill: Backfill) -> str:
    if not backfill.slots():
        return f"The schedule has no slot from {utc(backfill.begin)} until {utc(backfill.until)} that has passed."
    return "Every slot of the range has succeeded, or has a run in progress. To run them again, choose all of them."


def begin(person: Person, job: Job, form: NewBackfill, now: datetime) -> int:
    """Run past slots of a job; returns how many.

    Raises:
        Invalid: as `planned` has it.
        Conflict: the site is frozen, or a backfill of the job goes on.
    """
    if frozen := site_settings.why_frozen():
        raise Conflict(frozen)
    for _ in range(run_queue.MAX_ATTEMPTS):
        if going := backfills.of_job(job):
            raise Conflict(
                f"A backfill of {plural(going.total, 'slot')}, begun by {going.asked_by}, is in progress. Wait until it ends, or "
                "stop it first."
            )
        backfill, slots = planned(person, job, form, now)
        backfill, new_runs = backfills.begin_runs(job, backfill, backfill.at_once, now)
        if _try_store(job, backfill, new_runs):
            for run in new_runs:
                MACHINE.start(run)
            return len(slots)
        job.refresh(consistent_read=True)
    raise Conflict(f"{job.identifier} was just changed. Please try again.")


def _try_store(job: Job, backfill: Backfill, new_runs: list[Run]) -> bool:
    summary = (
        f"Began a backfill of {plural(backfill.total, 'slot')} from {utc(backfill.begin)} until {utc(backfill.until)}."
    )
    try:
        with changes.transaction(Effect("job", job.id, job.identifier, summary)) as write:
            condition = Job.id.exists() & backfills.unchanged(job)
            total: Action = Job.backfill_total.set(backfill.total)
            write.update(Job(job.id), actions=[*backfills.changes(backfill), total], condition=condition)
            for run in new_runs:
                write.save(run, condition=Run.id.does_not_exist())
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True


@dataclass(frozen=True)
class Estimate:
    """How long one run takes by the job's last successful ones, and all runs of a backfill."""

    took: timedelta
    all: timedelta


def estimate(job: Job, count: int, at_once: int) -> Estimate | None:
    """How long so many runs take; None where no run has succeeded yet."""
    usual = history.usual(latest_runs.newest(job, history.SUCCESSES * 2, history.SHOWN))
    return Estimate(usual, usual * -(-count // at_once)) if usual is not None else None


def longest(job: Job, count: int, at_once: int) -> timedelta:
    """How long so many runs take at most, each with one attempt."""
    return timedelta(hours=int(job.job_timeout)) * -(-count // at_once)


def stop(job: Job, by: str) -> int:
    """Stop the job's backfill: slots that have not begun do not begin, and runs of it without a cluster are cancelled; those
    with one go on. Returns how many slots that concerns; 0 where no backfill goes on.

    Raises:
        Conflict: others keep changing the job.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        going = backfills.of_job(job)
        if going is None:
            return 0
        left = len(backfills.remaining(job, going))
        effect = Effect("job", job.id, job.identifier, f"Stopped its backfill; {plural(left, 'slot')} had not begun.")
        if changes.update_if(job, Job.id.exists() & backfills.unchanged(job), backfills.changes(None), effect):
            return left + sum(_cancel_unlaunched(run_id, by) for run_id in going.runs)
        job.refresh(consistent_read=True)
    raise Conflict(f"{job.identifier} was just changed. Please try again.")


def _cancel_unlaunched(run_id: str, by: str) -> bool:
    run = find(Run, run_id)
    waiting = (Run.status == RunStatus.QUEUED) & (Run.launch_attempts == 0) & Run.jobflow_id.does_not_exist()
    cancelled = bool(run and changes.update_if(run, waiting, [Run.cancelled_by.set(by)], None))
    if run and cancelled:
        emr_sync.wake_execution(run)
    return cancelled
