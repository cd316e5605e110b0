"""A job's place among those that start after one another, as somebody may see it.

What somebody may not see is counted, but neither named nor looked behind: what starts after such a job is its owner's affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chalicelib.core.choices import Choice
from chalicelib.core.limits import LIMITS
from chalicelib.core.reading import read_together, reading_together
from chalicelib.core.tables import Key, find
from chalicelib.identity import access
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.schedules.schedule import AFTER

DEPTH = 3
"""How far before and after a job its order is read, where it is shown as a whole: each step is one call."""
MAX_A_STEP = LIMITS.followers
"""How many jobs of one step after a job are read. The first step fits always."""


class Beyond(Choice):
    """What the first job that is shown waits for in its turn."""

    NOTHING = "nothing", "It has a schedule of its own"
    DELETED = "deleted", "A job that was deleted"
    NOT_SHARED = "not_shared", "A job that is not shared with you"
    FURTHER = "further", "Another job"


@dataclass(frozen=True)
class Place:
    """A job, so many steps after (or, below 0, before) the one that it is about; the jobs that start after it, by name, and how
    many more do: those that are not shared, and those that were not read."""

    job: Job
    step: int
    starts: tuple[Place, ...] = ()
    not_shared: int = 0
    further: int = 0


@dataclass(frozen=True)
class Order:
    """The place of a job, the jobs before it, the nearest first, and what is beyond these."""

    own: Place
    before: tuple[Job, ...] = ()
    beyond: Beyond = Beyond.NOTHING

    @property
    def is_gone(self) -> bool:
        """Whether the job waits for one that was deleted."""
        return not self.before and self.beyond == Beyond.DELETED

    @property
    def nearest(self) -> Job | None:
        """The job before, if there is one that may be seen."""
        return self.before[0] if self.before else None

    @property
    def top(self) -> Place:
        """The first job's place, with all that is shown after it. Of the jobs before, others that start after them are counted."""
        place = self.own
        for step, job in enumerate(self.before, start=1):
            place = Place(job, -step, (place,), further=len(job.followers or ()) - 1)
        return place

    def places(self) -> Iterator[tuple[Place, Job | None]]:
        """Every place, each after the one of the job that it starts after, which comes with it."""
        waiting: list[tuple[Place, Job | None]] = [(self.top, None)]
        while waiting:
            place, before = waiting.pop(0)
            yield place, before
            waiting += [(follower, place.job) for follower in place.starts]


def keys(job: Job) -> list[Key]:
    """The jobs that are one step away."""
    return [(Job, job_id) for job_id in _next(job, [job])]


def of(person: Person | None, job: Job, depth: int = 1) -> Order:
    """What is before and after a job. At most so many calls as steps, and one for what is shared."""
    with reading_together():
        known = _read(job, depth)
        sees = access.sees(person, "job", [each for each in known.values() if each])
    return order(job, known, sees, depth)


def order(job: Job, known: Mapping[str, Job | None], sees: Mapping[str, bool], depth: int) -> Order:
    """The order, of the jobs that were read by their ids (None for deleted ones), of whom somebody `sees` some. Pure."""
    before: list[Job] = []
    beyond, nearer = _before(job, known, sees)
    while nearer and len(before) < depth:
        before.append(nearer)
        beyond, nearer = _before(nearer, known, sees)
    return Order(_place(job, 0, known, sees, depth), tuple(before), beyond)


def _before(job: Job, known: Mapping[str, Job | None], sees: Mapping[str, bool]) -> tuple[Beyond, Job | None]:
    if job.schedule != AFTER:
        return Beyond.NOTHING, None
    if not job.after_job or known.get(job.after_job, job) is None:
        return Beyond.DELETED, None
    if sees.get(job.after_job) is False:
        return Beyond.NOT_SHARED, None
    return Beyond.FURTHER, known.get(job.after_job) if job.after_job in sees else None


def _place(job: Job, step: int, known: Mapping[str, Job | None], sees: Mapping[str, bool], depth: int) -> Place:
    ids = [job_id for job_id in sorted(job.followers or ()) if known.get(job_id, job)]
    if step == depth:
        return Place(job, step, further=len(ids))
    seen = [follower for job_id in ids if sees.get(job_id) and (follower := known.get(job_id))]
    starts = [_place(each, step + 1, known, sees, depth) for each in sorted(seen, key=lambda each: each.identifier)]
    not_shared = sum(sees.get(job_id) is False for job_id in ids)
    return Place(job, step, tuple(starts), not_shared, len(ids) - len(starts) - not_shared)


def _read(job: Job, depth: int) -> dict[str, Job | None]:
    known: dict[str, Job | None] = {job.id: job}
    first: Job | None = job
    last = [job]
    for _ in range(depth):
        ids = _next(first, last)
        read_together([(Job, job_id) for job_id in ids])
        known |= {job_id: find(Job, job_id) for job_id in ids}
        first = known.get(first.after_job) if first and first.after_job else None
        last = [each for job_id in _followers(last) if (each := known.get(job_id))]
    return known


def _next(first: Job | None, last: list[Job]) -> list[str]:
    before = [first.after_job] if first and first.after_job else []
    return [*before, *_followers(last)[:MAX_A_STEP]]


def _followers(jobs: list[Job]) -> list[str]:
    return [job_id for job in jobs for job_id in sorted(job.followers or ())]
