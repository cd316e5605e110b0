"""The dashboard: what needs attention, the month so far, my clusters, my jobs. Its number of AWS calls does not depend on how many
there are: the session, the person with their month, and four queries, for active clusters, clusters that failed, jobs, and jobs
that need attention. Other choices than the first one leave out what needs attention, and take two."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from chalice.app import Response

from chalicelib.budgets import month, rules
from chalicelib.budgets.models import BudgetScope
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster, StateFilter
from chalicelib.core import clock
from chalicelib.core.pagination import Page, cursor_after
from chalicelib.core.search import EVERYTHING, Search
from chalicelib.core.tables import Key
from chalicelib.costs import forecast
from chalicelib.entrypoints.portal import attention
from chalicelib.entrypoints.portal.attention import Attention
from chalicelib.entrypoints.portal.rows import CLUSTER_ROW, JOB_ROW
from chalicelib.identity import access, standing_offers
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobs import display as job_display
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs import display
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import MODIFIED, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

SCOPES: dict[str, str] = {Scope.MINE: "Mine", Scope.SHARED: "Shared with me", Scope.ALL: "Everybody's"}
FILTERS = {str(choice): choice.label for choice in StateFilter}
A_PAGE = 20


def _with_person(username: str, now: datetime, _: Collection[Key]) -> list[Key]:
    return month.keys(rules.key_of(BudgetScope.PERSON, username), now)


@routes.page("/", "site.look", query=("scope", "clusters", "clusters_after", "jobs_after"), with_person=_with_person)
def dashboard(request: Request) -> Response:
    """The dashboard; a word of welcome for somebody who has not signed in."""
    if request.person is None:
        return show(request, "dashboard/welcome.html")
    person, scope = request.person, Scope(_chosen(request, "scope", SCOPES))
    chosen, cursors = _chosen(request, "clusters", FILTERS), _cursors(request)
    all_clusters, all_jobs = (access.may_list_all(person, kind) for kind in ("cluster", "job"))
    is_front = scope == Scope.MINE and chosen == StateFilter.ACTIVE and not any(cursors)
    active = attention.active_clusters(person).items if is_front else []
    page = _first(active) if is_front else _clusters(person, chosen, cursors[0], _visible_scope(scope, all_clusters))
    scheduled = jobs.listing(person, A_PAGE, cursors[1], _visible_scope(scope, all_jobs), JOB_ROW)
    return show(
        request,
        "dashboard/dashboard.html",
        headers=_modified(page.items, scheduled.items),
        scope=scope,
        people=[(word, label) for word, label in SCOPES.items() if word != Scope.ALL or all_clusters or all_jobs],
        chosen=chosen,
        filters=FILTERS,
        clusters=page,
        jobs=scheduled,
        run_display=display,
        job_display=job_display,
        needs=attention.of(person, active, scheduled.items, request.now) if is_front else Attention(),
        moving=any(not cluster.is_ready and not cluster.is_final for cluster in page.items)
        or any(job.active_run for job in scheduled.items),
        paged=any(cursors),
        so_far=month.so_far(rules.key_of(BudgetScope.PERSON, person.username), request.now) if is_front else None,
        forecast_basis=forecast.BASIS,
        offers=standing_offers.of(person.username),
    )


def _cursors(request: Request) -> tuple[str | None, str | None]:
    """Where the lists of clusters and of jobs go on."""
    return request.query.get("clusters_after") or None, request.query.get("jobs_after") or None


def _first(active: list[Cluster]) -> Page[Cluster]:
    shown = active[:A_PAGE]
    return Page(shown, cursor_after(shown[-1]) if len(active) > A_PAGE else None)


def _clusters(person: Person, state: str, cursor: str | None, scope: Scope) -> Page[Cluster]:
    search = EVERYTHING if state == StateFilter.ALL else Search(filters={"state": state})
    return clusters.listing(person, A_PAGE, cursor, scope, CLUSTER_ROW, search)


def _chosen(request: Request, name: str, words: Mapping[str, str]) -> str:
    """The word that the address has, or the first one."""
    word = request.query.get(name, "")
    return word if word in words else next(iter(words))


def _visible_scope(scope: Scope, all_of_them: bool) -> Scope:
    """Whose objects the list has: somebody who maintains jobs alone sees their own clusters."""
    return Scope.MINE if scope == Scope.ALL and not all_of_them else scope


def _modified(clusters: Iterable[Cluster], jobs: Iterable[Job]) -> dict[str, str]:
    moments = [
        *(moment for cluster in clusters for moment in (cluster.created_at, cluster.ready_at, cluster.finished_at)),
        *(moment for job in jobs for moment in (job.modified_at, job.last_run_at)),
    ]
    latest = max((moment for moment in moments if moment), default=None)
    return {MODIFIED: clock.text(latest)} if latest else {}
