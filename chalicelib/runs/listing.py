"""Lists of runs: of one job, deleted or not, and of everything that somebody may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.core.pagination import Page
from chalicelib.core.search import EVERYTHING, Search
from chalicelib.core.tables import EVERYBODY, find
from chalicelib.core.windows import search_index
from chalicelib.identity import access
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobflows import lookup
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run
from chalicelib.runs.search import FIELDS

SCOPES = (Scope.MINE, Scope.ALL)
"""Whose runs can be listed together. Those of a job that is shared are listed by its id."""


@dataclass(frozen=True)
class Runs:
    """A page of runs, and the ids of those of their jobs that have been deleted."""

    page: Page[Run]
    deleted_jobs: frozenset[str]


def of_job(
    job: Job, limit: int, cursor: str | None = None, search: Search = EVERYTHING, shows: Sequence[str] | None = None
) -> Page[Run]:
    """The runs of a job, the latest first unless the `search` says otherwise. With `shows` they have these attributes alone
    (chalicelib/core/rows.py), and those that are searched.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    return search_index(Run.by_job, {"job_id": job.id}, search, FIELDS, limit, cursor, shows)


def of_everything(
    person: Person,
    limit: int,
    cursor: str | None = None,
    scope: Scope = Scope.MINE,
    search: Search = EVERYTHING,
    job_id: str = "",
    shows: Sequence[str] | None = None,
) -> Runs:
    """Runs of all jobs, also of those that were deleted: one's own, or everybody's; with `job_id` those of one job that this
    person may see, none of any other. A run belongs to its job's owner, so that a page may be short where jobs were transferred.

    Raises:
        Forbidden: this person may not list everybody's.
        BadRequest: the cursor is not one that such a list returned.
    """
    access.check_scope(person, "job", scope)
    if job_id:
        return _of_one(person, job_id, limit, cursor, search, shows)

    def is_visible(run: Run) -> bool:
        return scope == Scope.ALL or _owner(run) == person.username

    index, of = (
        (Run.by_everybody, {"everybody": EVERYBODY})
        if scope == Scope.ALL
        else (Run.by_owner, {"owner": person.username})
    )
    page = lookup.by_id(Run, search, FIELDS, is_visible) or search_index(
        index, of, search, FIELDS, limit, cursor, shows
    )
    owners = _owners_of_jobs(page.items)
    for run in page.items:
        run.owner = owners.get(run.job_id, run.owner)
    mine = [run for run in page.items if scope == Scope.ALL or run.owner == person.username]
    return Runs(replace(page, items=mine), frozenset({run.job_id for run in page.items} - set(owners)))


def _of_one(
    person: Person, job_id: str, limit: int, cursor: str | None, search: Search, shows: Sequence[str] | None
) -> Runs:
    job = find(Job, job_id)
    if job is None and not access.may_list_all(person, "job"):
        search = replace(search, filters={**search.filters, "owner": person.username})
    elif job and "job.view" not in access.allowed(person, "job", job):
        return Runs(Page([], None), frozenset())  # as for a job that never was
    page = search_index(Run.by_job, {"job_id": job_id}, search, FIELDS, limit, cursor, shows)
    return Runs(page, frozenset() if job else frozenset({job_id}))


def _owner(run: Run) -> str:
    job = find(Job, run.job_id)
    return str(job.owner if job else run.owner)


def _owners_of_jobs(runs: Sequence[Run]) -> dict[str, str]:
    """Whose the jobs of these runs are now, by id; those that were deleted are not in it."""
    ids = sorted({run.job_id for run in runs})
    return {job.id: job.owner for job in Job.batch_get(ids, attributes_to_get=["id", "owner"])} if ids else {}
