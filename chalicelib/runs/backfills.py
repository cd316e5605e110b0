"""Backfills: past slots of a job as runs, beside its schedule and whatever its overlap policy says.

A backfill begins in one transaction with its first runs; each further run begins in the transaction that ends the one before
it. So a crash anywhere leaves none behind, and no slot is begun twice: the first run of a slot has the slot's id, whoever
makes it, and a further one the next number.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.tables import find
from chalicelib.jobs.models import Job
from chalicelib.runs import factory, slot_history
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.schedules import slots
from chalicelib.schedules.backfill import Backfill, Which, of_json


def of_job(job: Job) -> Backfill | None:
    """The job's backfill that goes on, or None."""
    return of_json(job.backfill)


def is_of(job: Job | None, run: Run) -> bool:
    """Whether the run belongs to the backfill that goes on: not when it was stopped."""
    going = of_job(job) if job and run.backfill else None
    return bool(going and going.id == run.backfill)


def remaining(job: Job, backfill: Backfill) -> list[datetime]:
    """The slots that are still to be begun, in order."""
    not_begun = backfill.slots()
    if not not_begun:
        return []
    rows = slot_history.by_slot(job.id, min(not_begun), max(not_begun))
    return [slot for slot in not_begun if _is_due(rows.get(slot, []), backfill)]


def _is_due(rows: Sequence[Run], backfill: Backfill) -> bool:
    statuses = {row.status for row in rows}
    if any(not row.is_final for row in rows):
        return False
    return backfill.which == Which.ALL or RunStatus.SUCCEEDED not in statuses


def begin_runs(job: Job, backfill: Backfill, count: int, now: datetime) -> tuple[Backfill, list[Run]]:
    """The next runs of a backfill, at most so many, not stored yet, and the backfill that has them."""
    new_runs: list[Run] = []
    for slot in remaining(job, backfill) if count else []:
        run_id = free_id(job, slot)
        if run_id is None:
            continue
        # Each is a little later than the one before, so that lists keep their order.
        new_runs.append(_new_run(job, backfill, run_id, slot, now + timedelta(microseconds=len(new_runs))))
        backfill = backfill.begun(slot, run_id)
        if len(new_runs) == count:
            break
    return backfill, new_runs


def _new_run(job: Job, backfill: Backfill, run_id: str, slot: datetime, now: datetime) -> Run:
    run = factory.covering(factory.of_slot(job, run_id, Trigger.BACKFILL, slot, now), job)
    run.backfill = backfill.id
    return run


def free_id(job: Job, slot: datetime) -> str | None:
    """The id that the next run of a slot has; None while one of its runs is not over.

    Whoever stores a run of this id on condition that there is none has made the only one.
    """
    first = run_id = slots.slot_id(job, slot)
    number = 1
    while (run := find(Run, run_id)) is not None:
        if not slot_history.is_over(run):
            return None
        number += 1
        run_id = f"{first}-again{number}"
    return run_id


def after(job: Job, run: Run, retry: Run | None, now: datetime) -> tuple[list[Action], list[Run]]:
    """What a run's end means for the backfill that it belongs to: the changes of its job, and the run that begins now."""
    backfill = of_job(job)
    if backfill is None or not is_of(job, run):
        return [], []
    backfill = backfill.ended(run.id, retry.id if retry else None)
    backfill, new_runs = begin_runs(job, backfill, 0 if retry else 1, now)
    return changes(backfill if backfill.runs else None), new_runs


def changes(backfill: Backfill | None) -> list[Action]:
    """The changes of a job by which this is its backfill, or none is."""
    stored = Job.backfill.set(backfill.as_json()) if backfill else Job.backfill.remove()
    return [stored, Job.backfill_step.add(1)]


def unchanged(job: Job) -> Condition:
    """That nothing has happened to the job's backfill since the job was read."""
    same: Condition = Job.backfill_step == job.backfill_step
    return same if job.backfill_step else same | Job.backfill_step.does_not_exist()
