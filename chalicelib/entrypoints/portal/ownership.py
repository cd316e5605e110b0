"""The page on which a job or a cluster is handed over."""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Response

from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import NotFound
from chalicelib.core.fields import read
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.ownership import service as ownership
from chalicelib.ownership.forms import Transfer
from chalicelib.web import form_state
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/jobs/{job_id}/transfer", "job.transfer", methods=("GET", "POST"))
def transfer_job(request: Request, job_id: str) -> Response:
    """Ask to whom, then hand the job over."""
    job = jobs.get(request.someone, job_id, "job.transfer")
    return _transfer(
        request, "jobs", job, lambda form: ownership.transfer_job(request.someone, job_id, form, request.now)
    )


@routes.page("/clusters/{cluster_id}/transfer", "cluster.transfer", methods=("GET", "POST"))
def transfer_cluster(request: Request, cluster_id: str) -> Response:
    """Ask to whom, then hand the cluster over."""
    cluster = clusters.get(request.someone, cluster_id, "cluster.transfer")
    return _transfer(
        request,
        "clusters",
        cluster,
        lambda form: ownership.transfer_cluster(request.someone, cluster_id, form, request.now),
    )


def _transfer(request: Request, kind: str, thing: Job | Cluster, hand_over: Callable[[Transfer], object]) -> Response:
    if request.method == "GET":
        sheet = form_state.blank(to="")
    else:
        sheet = form_state.posted(request, to="")
        with sheet.marking():
            hand_over(read(Transfer, sheet.values))
            return _onward(request, kind, thing.id)
    return show(request, "ownership/transfer.html", sheet.status, kind=kind, thing=thing, sheet=sheet)


def _onward(request: Request, kind: str, thing_id: str) -> Response:
    """To its page, for those who may still see it."""
    try:
        (jobs if kind == "jobs" else clusters).get(request.someone, thing_id)
    except NotFound:
        return go(request)
    return go(request, kind, thing_id)
