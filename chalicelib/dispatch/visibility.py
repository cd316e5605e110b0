"""Whether the owner of a job may still see the job that it starts after: shares end, and jobs change hands."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.tables import find
from chalicelib.identity import access, users
from chalicelib.jobs.models import Job


def hidden_job_before(job: Job) -> Job | None:
    """The job before, if the job's owner may not see it any more. One that was deleted hides nothing: its last runs count."""
    before = find(Job, job.after_job) if job.after_job else None
    if before is None or before.owner == job.owner:
        return None
    return None if "job.view" in access.allowed(users.person(job.owner), "job", before) else before


def tell(job: Job, before: Job, now: datetime) -> str:
    """Tell the owner, once, and give the reason why nothing is started."""
    from chalicelib.runs import mails  # for the few who lose a job

    mails.post_job_before_gone(job, before, "is no longer shared with you", now)
    return f"{job.owner} can no longer see {before.identifier}, after which this job starts."
