"""The jobs that start after a run: told in the transaction that ends it, and served at once."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.tables import as_read, find
from chalicelib.jobs import due
from chalicelib.jobs.models import Job
from chalicelib.runs import machine
from chalicelib.runs.models import Run
from chalicelib.schedules import triggers
from chalicelib.schedules.triggers import Arrival


def of(job: Job | None, run: Run, status: str, ended_at: datetime) -> list[Job]:
    """The jobs that start when this run of the job ends so, with its last attempt. Runs of a backfill start none."""
    if job is None or run.backfill or not job.followers:
        return []
    records = (find(Job, job_id) for job_id in sorted(job.followers))
    return [each for each in records if each and _starts(each, job, status, ended_at)]


def _starts(follower: Job, job: Job, status: str, ended_at: datetime) -> bool:
    is_its = follower.after_job == job.id and not follower.expired_at
    return is_its and triggers.counts(follower.after_outcome, status) and triggers.takes(follower, ended_at)


def arrive(write: TransactWrite, follower: Job, run: Run, ended_at: datetime) -> None:
    """Add to the transaction that ends the run: it has arrived at a job, which dispatch looks at now."""
    text = Arrival(ended_at, run.id, run.slot or run.after_slot).as_text()
    due_at = min(ended_at, follower.next_run_at or ended_at)
    actions: list[Action] = [Job.arrivals.add({text}), *due.due_at(follower, due_at)]
    write.update(Job(follower.id), actions=actions, condition=_as_decided_by(follower))


def _as_decided_by(follower: Job) -> Condition:
    unchanged: Condition = as_read(Job.modified_at, follower.modified_at) & Job.id.exists()
    unchanged &= as_read(Job.arrivals, follower.arrivals) & due.schedule_unchanged(follower)
    return unchanged


def serve(run: Run) -> None:
    """Begin with what starts after a run that is over; dispatch comes to it within a minute where this is lost."""
    if not run.finished_at:
        return
    for job_id in run.starts or []:
        arrival = Arrival(run.finished_at, run.id)
        machine.await_slot(job_id, triggers.run_id(job_id, arrival), run.finished_at)
