"""Deleting a job, whose runs stay."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import reserved_names
from chalicelib.core.tables import MAX_ITEMS, TableModel, as_read, delete_all, find, was_overtaken
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.dispatch import serving
from chalicelib.identity import standing_offers
from chalicelib.identity.person import Person
from chalicelib.job_changes import belongings
from chalicelib.jobs import factory, predecessors
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.mail import acts_of_others
from chalicelib.notebooks import versions
from chalicelib.runs import backfills, mails, run_queue, stopping
from chalicelib.runs.models import ORDER, Run
from chalicelib.schedules import concurrency
from chalicelib.usage_limits import accounts


def delete(person: Person, job_id: str, now: datetime, check: Check = last_write_wins, reason: str = "") -> None:
    """Delete a job and what hangs on it, and free its identifier. Its runs and their results are kept; those that are not over
    are cancelled. The owner is told who else deleted it, and the `reason`.

    All in one transaction, so that no run is left that nobody asked to stop. Of a job on which more hangs than fits, the
    versions and deliveries beyond that go just before.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Conflict: others keep changing the job.
        Outdated: it is not the version that `check` knows.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = jobs.get(person, job_id, "job.delete")
        check(job)
        serving.skip_due_slots(job, "The job was deleted before this run was started.", now)
        unfinished = [run for run in map(partial(find, Run), _run_ids(job)) if run and not run.is_final]
        hanging = belongings.of(job.id)
        # Beside the rest the job, its name, its owner's account and the job that it starts after.
        room = MAX_ITEMS - len(unfinished) - len(job.followers or ()) - 4 - standing_offers.ITEMS - changes.ROOM
        delete_all(hanging[room:])
        if _try_delete(job, unfinished, hanging[:room], person, now):
            acts_of_others.post(
                person, job, acts_of_others.Act.DELETED, what=f"your job {job.identifier}",
                occasion=f"deleted-by-another#{job.id}", reason=reason, now=now,
            )  # fmt: skip
            _tell_followers(job, now)
            versions.mark_replaced(job.notebook_key, job.notebook_version)
            for run in unfinished:
                stopping.stop(run)
            return
    raise jobs.changed_meanwhile(job)


def _tell_followers(job: Job, now: datetime) -> None:
    for job_id in sorted(job.followers or ()):
        if follower := find(Job, job_id):
            mails.post_job_before_gone(follower, job, "was deleted", now)


def _run_ids(job: Job) -> list[str]:
    """The runs that may not be over: those on the job, and those of its backfill beside them."""
    backfill = backfills.of_job(job)
    return [*concurrency.unfinished_runs(job), *(backfill.runs if backfill else ())]


def _try_delete(job: Job, unfinished: list[Run], hanging: list[TableModel], person: Person, now: datetime) -> bool:
    """Whether the job could be deleted together with what belongs to it and the marks on its runs: not when either was changed
    meanwhile."""
    try:
        with changes.transaction(Effect("job", job.id, job.identifier, "Deleted it.")) as write:
            unchanged = run_queue.unchanged_since_read(job) & as_read(Job.followers, job.followers)
            write.delete(Job(job.id), condition=unchanged & backfills.unchanged(job))
            write.delete(
                reserved_names.Name(factory.SCOPE, job.identifier), condition=reserved_names.Name.holder == job.id
            )
            accounts.release(write, job.owner, accounts.ONE_JOB, now)
            predecessors.Change(job.after_job, None).put(write, job.id)
            predecessors.leave_behind(write, job)
            for item in hanging:
                write.delete(item)
            standing_offers.strike_off(write, job)
            for run in unfinished:
                mark = Run.cancelled_by.set(Run.cancelled_by | person.username)
                write.update(Run(run.id), actions=[mark], condition=Run.status.is_in(*ORDER))
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True
