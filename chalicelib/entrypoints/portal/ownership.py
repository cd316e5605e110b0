"""The page on which a job or a cluster is transferred."""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Response

from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import NotFound
from chalicelib.core.fields import read
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.ownership import offers
from chalicelib.ownership import service as ownership
from chalicelib.ownership.forms import Transfer
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/jobs/{job_id}/transfer", "job.transfer", methods=("GET", "POST"), fields=None)
def transfer_job(request: Request, job_id: str) -> Response:
    """Ask to whom, then transfer the job."""
    job = jobs.get(request.user, job_id, "job.transfer")
    return _transfer(request, "jobs", job, lambda form: ownership.transfer_job(request.user, job_id, form, request.now))


@routes.page("/clusters/{cluster_id}/transfer", "cluster.transfer", methods=("GET", "POST"), fields=None)
def transfer_cluster(request: Request, cluster_id: str) -> Response:
    """Ask to whom, then transfer the cluster."""
    cluster = clusters.get(request.user, cluster_id, "cluster.transfer")
    return _transfer(
        request,
        "clusters",
        cluster,
        lambda form: ownership.transfer_cluster(request.user, cluster_id, form, request.now),
    )


def _transfer(request: Request, kind: str, thing: Job | Cluster, hand_over: Callable[[Transfer], object]) -> Response:
    if request.method == "GET":
        form_state = FormState.blank(to="")
    else:
        form_state = FormState.from_request(request, to="")
        with form_state.collect_errors():
            hand_over(read(Transfer, form_state.values))
            return _onward(request, kind, thing.id)
    return show(request, "ownership/transfer.html", form_state.status, kind=kind, thing=thing, form_state=form_state)


def _onward(request: Request, kind: str, thing_id: str) -> Response:
    """To its page, for those who may still see it."""
    try:
        (jobs if kind == "jobs" else clusters).get(request.user, thing_id)
    except NotFound:
        return go(request)
    return go(request, kind, thing_id)


@routes.page("/jobs/{job_id}/transfer/accept", "job.accept", methods=("POST",), then="/jobs/{job_id}")
def accept_job(request: Request, job_id: str) -> Response:
    """Take over a job that was offered."""
    return go(request, "jobs", offers.accept_job(request.user, job_id, request.now).id)


@routes.page(
    "/clusters/{cluster_id}/transfer/accept", "cluster.accept", methods=("POST",), then="/clusters/{cluster_id}"
)
def accept_cluster(request: Request, cluster_id: str) -> Response:
    """Take over a cluster that was offered."""
    return go(request, "clusters", offers.accept_cluster(request.user, cluster_id, request.now).id)


@routes.page("/jobs/{job_id}/transfer/decline", "job.accept", methods=("POST",), then="/")
def decline_job(request: Request, job_id: str) -> Response:
    """Decline a job that was offered."""
    offers.decline(request.user, jobs.get(request.user, job_id, "job.accept"), request.now)
    return go(request)


@routes.page("/clusters/{cluster_id}/transfer/decline", "cluster.accept", methods=("POST",), then="/")
def decline_cluster(request: Request, cluster_id: str) -> Response:
    """Decline a cluster that was offered."""
    offers.decline(request.user, clusters.get(request.user, cluster_id, "cluster.accept"), request.now)
    return go(request)


@routes.page("/jobs/{job_id}/transfer/take-back", "job.transfer", methods=("POST",), then="/jobs/{job_id}")
def take_back_job(request: Request, job_id: str) -> Response:
    """Take back the offer of a job."""
    offers.take_back(jobs.get(request.user, job_id, "job.transfer"))
    return go(request, "jobs", job_id)


@routes.page(
    "/clusters/{cluster_id}/transfer/take-back", "cluster.transfer", methods=("POST",), then="/clusters/{cluster_id}"
)
def take_back_cluster(request: Request, cluster_id: str) -> Response:
    """Take back the offer of a cluster."""
    offers.take_back(clusters.get(request.user, cluster_id, "cluster.transfer"))
    return go(request, "clusters", cluster_id)
