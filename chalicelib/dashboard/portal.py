"""The dashboard: what needs attention, my clusters, my jobs. Its number of AWS calls does not depend on how many there are:
the session, the person, one query for clusters (two when another filter than "active" is chosen) and one for jobs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalice.app import Response

from chalicelib import clock
from chalicelib.clusters import rules
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import ACTIVE, FAILED, TERMINATED, Cluster
from chalicelib.jobs import models as jobs_models
from chalicelib.jobs import service as jobs
from chalicelib.jobs import words
from chalicelib.jobs.models import Job
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import MODIFIED, go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

FILTERS = {ACTIVE: "Active", TERMINATED: "Ended", FAILED: "Failed", "all": "All"}
A_PAGE = 20
BAD = frozenset({jobs_models.FAILED, jobs_models.TIMED_OUT})


@routes.page("/clusters", "own.look")
@routes.page("/jobs", "own.look")
def shortened(request: Request) -> Response:
    """Where people arrive who shorten an address: both lists are on the dashboard."""
    return go(request, "")


@routes.page("/", "site.look")
def dashboard(request: Request) -> Response:
    """The dashboard; a word of welcome for somebody who has not signed in."""
    if request.person is None:
        return show(request, "dashboard/welcome.html")
    chosen = request.query.get("clusters", ACTIVE)
    chosen = chosen if chosen in FILTERS else ACTIVE
    cursor = request.query.get("clusters_after")
    found = clusters.listing(request.person, chosen, A_PAGE, cursor)
    active = found if chosen == ACTIVE and not cursor else clusters.listing(request.person, ACTIVE, A_PAGE)
    scheduled = jobs.listing(request.person, A_PAGE, request.query.get("jobs_after"))
    return show(
        request,
        "dashboard/dashboard.html",
        headers=_modified(found.items, scheduled.items),
        chosen=chosen,
        filters=FILTERS,
        clusters=found,
        jobs=scheduled,
        words=words,
        expiring=[cluster for cluster in active.items if _expires_soon(cluster, request.now)],
        failing=[job for job in scheduled.items if job.last_run_status in BAD],
        moving=any(not cluster.is_ready and not cluster.is_final for cluster in found.items)
        or any(job.active_run for job in scheduled.items),
        paged=bool(cursor or request.query.get("jobs_after")),
    )


def _expires_soon(cluster: Cluster, now: datetime) -> bool:
    return cluster.is_active and cluster.expires_at <= now + rules.WARNING


def _modified(clusters: Iterable[Cluster], jobs: Iterable[Job]) -> dict[str, str]:
    moments = [
        *(moment for cluster in clusters for moment in (cluster.created_at, cluster.ready_at, cluster.finished_at)),
        *(moment for job in jobs for moment in (job.modified_at, job.last_run_at)),
    ]
    latest = max((moment for moment in moments if moment), default=None)
    return {MODIFIED: clock.text(latest)} if latest else {}
