"""Transfer a job: from then on it is the new owner's, with its runs, their results and its history."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import context as audit_context
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import find, transaction, was_overtaken
from chalicelib.identity.person import Person
from chalicelib.identity.share_models import Share
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs import run_queue
from chalicelib.runs.models import ORDER, Run
from chalicelib.schedules import concurrency


def transfer(person: Person, job_id: str, to: Person, now: datetime) -> Job:
    """Make the job somebody else's. Its name is unique among all jobs and stays; runs in progress continue, and their
    notifications go to the new owner. With whom it is shared stays as it is.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Invalid: naming `to`: it is theirs already.
        Conflict: others keep changing the job.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = jobs.get(person, job_id, "job.transfer")
        before = job.owner
        if before == to.username:
            raise Invalid.field("to", f"{job.identifier} already belongs to {to.username}.")
        unfinished = [
            run for run in map(partial(find, Run), concurrency.unfinished_runs(job)) if run and not run.is_final
        ]
        if _try_transfer(job, unfinished, to, now):
            audit_context.record_effect(
                "job", job.id, job.identifier, f"Transferred it from {before} to {to.username}.", ["owner"]
            )
            job.refresh(consistent_read=True)
            return job
    raise jobs.changed_meanwhile(job)


def _try_transfer(job: Job, unfinished: list[Run], to: Person, now: datetime) -> bool:
    """Whether job and runs could be changed together: not when one of them was changed meanwhile."""
    try:
        with transaction() as write:
            new = [Job.owner.set(to.username), Job.owner_email.set(to.email), Job.modified_at.set(now)]
            write.update(
                Job(job.id), actions=[*new], condition=run_queue.unchanged_since_read(job) & (Job.owner == job.owner)
            )
            for run in unfinished:
                theirs = [Run.owner.set(to.username), Run.owner_email.set(to.email)]
                write.update(Run(run.id), actions=[*theirs], condition=Run.status.is_in(*ORDER))
            write.delete(Share(job.id, f"person:{to.username}"))
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True
