"""The dashboard: what needs attention, my clusters, my jobs. Its number of AWS calls does not depend on how many there are:
the session, the person, two queries for clusters (three when another filter than "active" is chosen) and one for jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalice.app import Response

from chalicelib.clusters import diagnosis, rules
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster, StateFilter
from chalicelib.core import clock
from chalicelib.identity import access
from chalicelib.identity.access import Scope
from chalicelib.jobs import display as job_display
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs import display
from chalicelib.runs.models import RunStatus
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import MODIFIED, go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

SCOPES: dict[str, str] = {Scope.MINE: "Mine", Scope.SHARED: "Shared with me", Scope.ALL: "Everybody's"}
FILTERS = {str(choice): choice.label for choice in StateFilter}
A_PAGE = 20
MAX_ENDED, LATELY = 5, timedelta(days=1)
"""How many clusters that ended by themselves need attention, and for how long."""
CLUSTER_ROW = (
    "id", "identifier", "owner", "status", "size", "emr_release", "created_at", "ready_at", "expires_at", "finished_at",
)  # fmt: skip
JOB_ROW = (
    "id", "identifier", "owner", "size", "schedule", "timezone", "start_date", "end_date", "is_enabled", "snoozed_until",
    "expired_at", "next_run_at", "active_run", "last_run", "last_run_status", "last_run_summary", "last_run_at", "modified_at",
)  # fmt: skip
"""What is read of clusters and jobs: what their rows show, and what tells whether they need attention."""
BAD = frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT})


@routes.page("/clusters", "own.look")
@routes.page("/jobs", "own.look")
def shortened(request: Request) -> Response:
    """Where people arrive who shorten an address: both lists are on the dashboard."""
    return go(request, "")


@routes.page("/", "site.look", query=("scope", "clusters", "clusters_after", "jobs_after"))
def dashboard(request: Request) -> Response:
    """The dashboard; a word of welcome for somebody who has not signed in."""
    if request.person is None:
        return show(request, "dashboard/welcome.html")
    person, scope = request.person, Scope(_chosen(request, "scope", SCOPES))
    chosen = _chosen(request, "clusters", FILTERS)
    cursor = request.query.get("clusters_after")
    all_clusters, all_jobs = (access.may_list_all(person, kind) for kind in ("cluster", "job"))
    page = clusters.listing(person, chosen, A_PAGE, cursor, _visible_scope(scope, all_clusters), CLUSTER_ROW)
    same = chosen == StateFilter.ACTIVE and not cursor and scope == Scope.MINE
    active = page if same else clusters.listing(person, StateFilter.ACTIVE, A_PAGE, shows=CLUSTER_ROW)
    scheduled = jobs.listing(person, A_PAGE, request.query.get("jobs_after"), _visible_scope(scope, all_jobs), JOB_ROW)
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
        ended=_ended_lately(clusters.listing(person, StateFilter.FAILED, MAX_ENDED).items, request.now),
        expiring=[cluster for cluster in active.items if _expires_soon(cluster, request.now)],
        failing=[job for job in scheduled.items if job.last_run_status in BAD and job.owner == person.username],
        moving=any(not cluster.is_ready and not cluster.is_final for cluster in page.items)
        or any(job.active_run for job in scheduled.items),
        paged=bool(cursor or request.query.get("jobs_after")),
    )


def _chosen(request: Request, name: str, words: Mapping[str, str]) -> str:
    """The word that the address has, or the first one."""
    word = request.query.get(name, "")
    return word if word in words else next(iter(words))


def _visible_scope(scope: Scope, all_of_them: bool) -> Scope:
    """Whose objects the list has: somebody who maintains jobs alone sees their own clusters."""
    return Scope.MINE if scope == Scope.ALL and not all_of_them else scope


def _ended_lately(failed: Iterable[Cluster], now: datetime) -> list[tuple[Cluster, dict[str, Any]]]:
    """The clusters that ended within a day and should not have, each with why."""
    lately = [cluster for cluster in failed if cluster.finished_at and now - cluster.finished_at < LATELY]
    return [(cluster, why) for cluster in lately if (why := diagnosis.of(cluster))]


def _expires_soon(cluster: Cluster, now: datetime) -> bool:
    return cluster.is_active and cluster.expires_at <= now + rules.WARNING


def _modified(clusters: Iterable[Cluster], jobs: Iterable[Job]) -> dict[str, str]:
    moments = [
        *(moment for cluster in clusters for moment in (cluster.created_at, cluster.ready_at, cluster.finished_at)),
        *(moment for job in jobs for moment in (job.modified_at, job.last_run_at)),
    ]
    latest = max((moment for moment in moments if moment), default=None)
    return {MODIFIED: clock.text(latest)} if latest else {}
