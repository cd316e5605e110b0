"""A job's place among those that start after one another, as somebody may see it."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.core.reading import read_together, reading_once
from chalicelib.core.tables import Key, find
from chalicelib.identity import access
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.schedules.schedule import AFTER


@dataclass(frozen=True)
class Order:
    """The job before, None where there is none that this person may see, or it was deleted, which `is_gone` tells; those that start
    after the job, by name; and how many more do that this person may not see."""

    before: Job | None = None
    is_gone: bool = False
    followers: tuple[Job, ...] = ()
    hidden: int = 0


def of(person: Person | None, job: Job) -> Order:
    """What is before and after a job."""
    ids = [*([job.after_job] if job.after_job else []), *sorted(job.followers or ())]
    keys: list[Key] = [(Job, job_id) for job_id in ids]
    with reading_once():
        read_together(keys)
        before = find(Job, job.after_job) if job.after_job else None
        followers = [follower for job_id in sorted(job.followers or ()) if (follower := find(Job, job_id))]
        visible = [follower for follower in followers if _may_see(person, follower)]
        is_gone = job.schedule == AFTER and before is None
        shown = before if before and _may_see(person, before) else None
    named = sorted(visible, key=lambda follower: str(follower.identifier))
    return Order(shown, is_gone, tuple(named), len(followers) - len(visible))


def _may_see(person: Person | None, job: Job) -> bool:
    return "job.view" in access.allowed(person, "job", job)
