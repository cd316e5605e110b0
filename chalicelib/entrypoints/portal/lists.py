"""Clusters, jobs and runs in lists that are searched, filtered, sorted and paged by their address."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import StateFilter
from chalicelib.clusters.search import FIELDS as CLUSTER_FIELDS
from chalicelib.core import clock
from chalicelib.core.choices import options
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.costs import receipts
from chalicelib.entrypoints.portal import searched_list
from chalicelib.entrypoints.portal.rows import CLUSTER_ROW, JOB_ROW, RUN_ROW
from chalicelib.entrypoints.portal.searched_list import show_list
from chalicelib.identity import access
from chalicelib.identity.access import Scope
from chalicelib.jobs import display as job_display
from chalicelib.jobs import search as job_search
from chalicelib.jobs import service as jobs
from chalicelib.jobs.display import JobState
from chalicelib.runs import display, history
from chalicelib.runs import listing as run_lists
from chalicelib.runs.models import RunStatus, Trigger
from chalicelib.runs.search import FIELDS as RUN_FIELDS
from chalicelib.web import paging
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

SCOPES: dict[str, str] = {Scope.MINE: "Mine", Scope.SHARED: "Shared with me", Scope.ALL: "Everybody's"}


@routes.page("/clusters", "own.look", query=("scope",), searched_by=CLUSTER_FIELDS)
def cluster_list(request: Request) -> Response:
    """Clusters: one's own, shared ones or, for those who look after them, everybody's."""
    scope = _scope(request, "cluster", tuple(Scope))

    def read(search: Search, cursor: str | None) -> Page[Any]:
        return clusters.listing(request.user, searched_list.A_PAGE, cursor, scope, CLUSTER_ROW, search)

    return show_list(
        request,
        "lists/clusters.html",
        CLUSTER_FIELDS,
        read,
        scope=scope,
        scopes=_scopes(request, "cluster"),
        states=options(StateFilter),
    )


@routes.page("/jobs", "own.look", query=("scope",), searched_by=job_search.fields(clock.now(), RunStatus))
def job_list(request: Request) -> Response:
    """Jobs, likewise."""
    scope, fields = _scope(request, "job", tuple(Scope)), job_search.fields(request.now, RunStatus)

    def read(search: Search, cursor: str | None) -> Page[Any]:
        return jobs.listing(request.user, searched_list.A_PAGE, cursor, scope, JOB_ROW, search, request.now)

    return show_list(
        request, "lists/jobs.html", fields, read, scope=scope, scopes=_scopes(request, "job"), states=options(JobState),
        statuses=list(RunStatus), run_display=display, job_display=job_display,
    )  # fmt: skip


@routes.page("/runs", "own.look", query=("scope", "job"), searched_by=RUN_FIELDS)
def run_list(request: Request) -> Response:
    """Runs of all jobs, deleted ones too, or of one job."""
    scope, job_id = _scope(request, "job", run_lists.SCOPES), request.query.get("job", "").strip()
    deleted: set[str] = set()

    def read(search: Search, cursor: str | None) -> Page[Any]:
        runs = run_lists.of_everything(request.user, searched_list.A_PAGE, cursor, scope, search, job_id, RUN_ROW)
        deleted.update(runs.deleted_jobs)
        return runs.page

    people = [] if job_id else [(word, label) for word, label in _scopes(request, "job") if word != Scope.SHARED]
    return show_list(
        request, "lists/runs.html", RUN_FIELDS, read, {"job": job_id}, scope=scope, scopes=people, deleted=deleted, job_id=job_id,
        statuses=list(RunStatus), triggers=options(Trigger), run_display=display,
        cost_of=partial(receipts.cost_of, now=request.now), scale_of=partial(history.scale, now=request.now),
    )  # fmt: skip


def _scope(request: Request, kind: str, among: tuple[Scope, ...]) -> Scope:
    """Whose list it is; somebody who may not see everybody's gets their own, as from a link that a colleague sent."""
    scope = Scope(paging.one_of(request, "scope", among, Scope.MINE))
    return Scope.MINE if scope == Scope.ALL and not access.may_list_all(request.user, kind) else scope


def _scopes(request: Request, kind: str) -> list[tuple[str, str]]:
    return [
        (word, label) for word, label in SCOPES.items() if word != Scope.ALL or access.may_list_all(request.user, kind)
    ]
