"""Jobs: find, list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.errors import Conflict
from chalicelib.core.pagination import Page
from chalicelib.core.rows import as_rows
from chalicelib.core.search import EVERYTHING, Search
from chalicelib.core.short_lists import search_shared
from chalicelib.core.tables import EVERYBODY, find
from chalicelib.core.windows import search_index
from chalicelib.identity import access, shares
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobs import search as job_search
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
    search: Search = EVERYTHING,
    now: datetime | None = None,
) -> Page[Job]:
    """Jobs, the latest first unless the `search` says otherwise: "mine", those "shared" with this person (the latest share
    first), or "all". With `shows` they have these attributes alone (chalicelib/core/rows.py), and those that are searched.

    Raises:
        Forbidden: this person may not list everybody's.
        BadRequest: the cursor is not one that such a list returned.
    """
    access.check_scope(person, "job", scope)
    fields = job_search.fields(now or clock.now())
    if scope == Scope.SHARED:
        return search_shared(Job, shares.shared_with(person, "j"), search, fields, limit, cursor, shows)
    if scope == Scope.ALL:
        return search_index(Job.by_everybody, {"everybody": EVERYBODY}, search, fields, limit, cursor, shows)
    return search_index(Job.by_owner, {"owner": person.username}, search, fields, limit, cursor, shows)


def needing_attention(person: Person, limit: int, shows: Sequence[str]) -> list[Job]:
    """The person's jobs whose last run failed or timed out, the latest first, among all that are theirs."""
    query = Job.by_attention.query(
        person.username, scan_index_forward=False, limit=limit, page_size=limit, attributes_to_get=list(shows)
    )
    return as_rows(query, shows)


def changed_meanwhile(job: Job) -> Conflict:
    """The refusal of a change that would undo somebody else's."""
    return Conflict(
        f"{job.identifier} was changed by somebody else in the meantime. Check its current state, then repeat your change."
    )
