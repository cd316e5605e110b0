"""Snooze: until a moment a job's slots are skipped, each with that reason; then it goes on by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.errors import Conflict, Invalid
from chalicelib.jobs import service as jobs
from chalicelib.jobs.forms import Snooze, in_utc
from chalicelib.jobs.models import Job
from chalicelib.tables import update_if
from chalicelib.users.person import Person

LONGEST = timedelta(days=366)


def snooze(person: Person, job_id: str, form: Snooze, now: datetime) -> Job:
    """Skip the job's slots until a moment; `resume` ends that earlier. Runs under way go on, and it can be run by hand.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Invalid: the moment does not lie in the future, or more than a year away.
        Conflict: the job is paused or has expired, or was changed meanwhile.
    """
    job = jobs.get(person, job_id, "job.edit")
    until = in_utc(form.until, job.timezone)
    if not now < until <= now + LONGEST:
        raise Invalid.field("until", "Choose a moment in the future, up to a year away.")
    if job.expired_at or not job.is_enabled:
        state = "has expired" if job.expired_at else "is paused"
        raise Conflict(f"{job.identifier} {state}, so none of its slots comes due anyway.")
    if not update_if(job, Job.modified_at == job.modified_at, [Job.snoozed_until.set(until), Job.modified_at.set(now)]):
        raise jobs.changed_meanwhile(job)
    return job
