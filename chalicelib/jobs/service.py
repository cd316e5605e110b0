"""Jobs: find, list."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.errors import Conflict
from chalicelib.core.pagination import Page, in_order, newest_first
from chalicelib.core.tables import EVERYBODY, find
from chalicelib.identity import access, shares
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job


def get(person: Person, job_id: str, action: str = "job.view") -> Job:
    """The job with this id, for somebody who is about to do this to it.

    Raises:
        NotFound: there is none, or this person may not see it.
        Forbidden: this person may see it, but not do that.
    """
    return access.permitted(person, action, find(Job, job_id), "There is no such job.")


def listing(
    person: Person,
    limit: int,
    cursor: str | None = None,
    scope: Scope = Scope.MINE,
    shows: Sequence[str] | None = None,
) -> Page[Job]:
    """Jobs, the latest first: "mine", those "shared" with this person (the latest share first), or "all". With `shows` they
    have these attributes alone (chalicelib/core/rows.py).

    Raises:
        Forbidden: this person may not list everybody's.
    """
    access.check_scope(person, "job", scope)
    if scope == Scope.SHARED:
        return in_order(Job, shares.shared_with(person, "j"), limit, cursor, shows)
    if scope == Scope.ALL:
        return newest_first(Job.by_everybody, {"everybody": EVERYBODY}, limit, cursor, shows=shows)
    return newest_first(Job.by_owner, {"owner": person.username}, limit, cursor, shows=shows)


def changed_meanwhile(job: Job) -> Conflict:
    """The refusal of a change that would undo somebody else's."""
    return Conflict(
        f"{job.identifier} was changed by somebody else in the meantime. Check its current state, then repeat your change."
    )
