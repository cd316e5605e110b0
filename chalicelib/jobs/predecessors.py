"""The job that a job starts after, and those that start after it.

Both sides are written in one transaction, on condition that no job of the chain starts after another one than it was read to do:
so no ring comes to be, not even by several people at the same time.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pynamodb.transactions import TransactWrite

from chalicelib.core import reserved_names
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import as_read, find
from chalicelib.identity import access, users
from chalicelib.identity.person import Person
from chalicelib.jobs import chain
from chalicelib.jobs.factory import SCOPE
from chalicelib.jobs.models import Job
from chalicelib.schedules import triggers


@dataclass(frozen=True)
class Predecessor:
    """The job that one shall start after, and the jobs which that one waits for in its turn, the nearest first."""

    job: Job
    further: tuple[Job, ...] = ()

    def put(self, write: TransactWrite, follower: str, left: str | None = None) -> None:
        """Add to a transaction that this job starts after it, and no longer after the one that it `left`. What is further before is
        written as it was, on condition that it is so."""
        at = follower
        for job in (self.job, *self.further):
            change = Job.followers.delete({follower}) if job.id == left else Job.followers.add({at})
            unchanged = Job.id.exists() & as_read(Job.after_job, job.after_job)
            write.update(Job(job.id), actions=[change], condition=unchanged)
            at = job.id


@dataclass(frozen=True)
class Change:
    """Another job to start after, or none, instead of the one with the id `left`."""

    left: str | None
    joined: Predecessor | None

    def put(self, write: TransactWrite, follower: str) -> None:
        """Add it to a transaction."""
        is_further = self.joined and self.left in [job.id for job in self.joined.further]
        if self.left and not is_further and find(Job, self.left):
            write.update(Job(self.left), actions=[Job.followers.delete({follower})], condition=Job.id.exists())
        if self.joined:
            self.joined.put(write, follower, self.left)


def leave_behind(write: TransactWrite, job: Job) -> None:
    """Add to the transaction that deletes a job: those that start after it wait for a job that is gone."""
    for follower in sorted(job.followers or ()):
        write.update(Job(follower), actions=[Job.after_deleted.set(job.id)], condition=Job.after_job == job.id)


def of(person: Person, job: Job, known: Collection[str] = ()) -> Predecessor | None:
    """The job after which a new or changed one shall start, by its field `after`; None where it has a schedule, or where that job
    is one of the `known` that are made before it.

    Raises:
        Invalid: naming `after`: its owner, or who changes it, can see no such job; the jobs would wait for one another; or too many
            are in a row, or start after that one.
    """
    if not job.after or job.after in known:
        return None
    before = _visible(person, job.owner, job.after)
    further = chain.before(before)
    if wrong := triggers.chain_refusal(job.identifier, [before.identifier, *(each.identifier for each in further)]):
        raise Invalid.field("after", wrong)
    if len((before.followers or set()) | {job.id}) > LIMITS.followers:
        raise Invalid.field("after", f"At most {LIMITS.followers} jobs can start after {job.after}.")
    return Predecessor(before, tuple(further))


def change(person: Person, job: Job, after: str | None) -> Change | None:
    """What becomes of the job before when `after` was the field's value until now; the job's `after_job` is set. None for nothing.

    A job whose job before was deleted joins another one of that name, if there is one, whenever it is edited.

    Raises:
        Invalid: as `of` has it.
    """
    if job.after == after and (not after or find(Job, job.after_job or "none")):
        return None
    try:
        joined = of(person, job)
    except Invalid:
        if job.after == after:
            return None
        raise
    left, job.after_job = job.after_job, joined.job.id if joined else None
    return Change(left if left != job.after_job else None, joined)


def _visible(person: Person, owner: str, identifier: str) -> Job:
    before = find(Job, reserved_names.holder(SCOPE, identifier) or "none")
    _permit(person, before, identifier, "you")
    return _permit(person if owner == person.username else users.person(owner), before, identifier, owner)


def _permit(person: Person | None, job: Job | None, identifier: str, who: str) -> Job:
    try:
        return access.permitted(person, "job.view", job, "")
    except NotFound:
        raise Invalid.field("after", f"There is no job named {identifier} that {who} can see.") from None
