"""The runs of a job that are not over: each joins the job's record in the transaction that makes it, and leaves it at its end."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.tables import as_read, find, transaction, update_if
from chalicelib.jobs.models import Job
from chalicelib.runs.models import UNSUCCESSFUL, Run
from chalicelib.schedules import concurrency

MAX_ATTEMPTS = 5
"""How often a job may change under our hands before its state machine or the sweep is left to come again."""


def unchanged_since_read(job: Job) -> Condition:
    """That the job is neither edited nor given or rid of a run since it was read, nor deleted."""
    unchanged: Condition = Job.modified_at == job.modified_at
    unchanged &= as_read(Job.active_run, job.active_run) & as_read(Job.further_runs, job.further_runs)
    return unchanged


def enqueue(job: Job, run: Run) -> list[Action]:
    """The changes of the job by which a new run takes its place: as the active one, beside it, or waiting for it."""
    changes = occupied_by(job, [*concurrency.unfinished_runs(job), run.id])
    return changes if run.waits_for else [*changes, *show_as_last(run)]


def occupied_by(job: Job, run_ids: list[str]) -> list[Action]:
    """The changes of the job by which these are its runs; the first one is the active one."""
    active, further = (run_ids[0] if run_ids else None), run_ids[1:]
    return [
        Job.active_run.set(active) if active else Job.active_run.remove(),
        Job.further_runs.set(further) if further else Job.further_runs.remove(),
    ]


def show_as_last(run: Run) -> list[Action]:
    """The changes of the job by which lists show this run as its last."""
    return [Job.last_run.set(run.id), Job.last_run_at.set(run.scheduled_at), *show_status(run.status, run.owner)]


def show_status(status: str, owner: str) -> list[Action]:
    """The changes of the job by which its last run has this status, and its owner's attention is called to it if it failed."""
    attention = Job.attention_of.set(owner) if status in UNSUCCESSFUL else Job.attention_of.remove()
    return [Job.last_run_status.set(status), attention]


def advance(write: TransactWrite, job: Job, run_ids: list[str], now: datetime) -> tuple[list[Action], Run | None]:
    """Add to a transaction that these runs are left on the job: the changes of the job, and the queued run whose turn it
    is now."""
    next_run = find(Run, run_ids[0]) if run_ids and run_ids[0] != job.active_run else None
    if not next_run or not next_run.waits_for or next_run.is_final:
        return occupied_by(job, run_ids), None
    promote(write, next_run, now)
    return [*occupied_by(job, run_ids), *show_as_last(next_run)], next_run


def promote(write: TransactWrite, run: Run, now: datetime) -> None:
    """Add to a transaction: it is this queued run's turn."""
    actions: list[Action] = [Run.waits_for.remove(), Run.not_before.set(now), Run.status_reason.set("")]
    write.update(Run(run.id), actions=actions, condition=Run.waits_for.exists())


def repair(run: Run, now: datetime) -> Run | None:
    """See to it that a queued run has something to wait for; returns a run whose turn it is now, for the caller to begin.

    Jobs pass on to the next run in the transaction that ends the one before, so there is something to mend only when
    records were lost, or restored from a backup.
    """
    job = find(Job, run.job_id)
    if job is None or run.id not in concurrency.unfinished_runs(job):
        update_if(run, Run.waits_for.exists(), [Run.cancelled_by.set("atmo, because the job no longer has this run")])
        return None
    if job.active_run == run.id:
        with transaction() as write:
            promote(write, run, now)
        return run
    active = find(Run, job.active_run) if job.active_run else None
    if active and (active.live or not active.is_final):
        return None
    with transaction() as write:
        changes, next_run = advance(write, job, concurrency.runs_after(job, job.active_run or ""), now)
        write.update(Job(job.id), actions=changes, condition=unchanged_since_read(job))
    return next_run
