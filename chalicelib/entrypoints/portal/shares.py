"""The page on which an owner shares a cluster or a job."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core.fields import read
from chalicelib.entrypoints.portal.searched_list import A_PAGE, context_of
from chalicelib.identity import share_search, shares
from chalicelib.identity.share_forms import NewShare
from chalicelib.identity.share_search import FIELDS
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page(
    "/clusters/{cluster_id}/shares",
    "cluster.share",
    methods=("GET", "POST"),
    fields=None,
    searched_by=FIELDS,
    then="/clusters/{cluster_id}/shares",
)
def of_cluster(request: Request, cluster_id: str) -> Response:
    """With whom a cluster is shared, and the form to share it with somebody else."""
    return _shares(request, "clusters", clusters.get(request.user, cluster_id, "cluster.share"))


@routes.page(
    "/jobs/{job_id}/shares",
    "job.share",
    methods=("GET", "POST"),
    fields=None,
    searched_by=FIELDS,
    then="/jobs/{job_id}/shares",
)
def of_job(request: Request, job_id: str) -> Response:
    """With whom a job and its runs are shared, and the form to share them with somebody else."""
    return _shares(request, "jobs", jobs.get(request.user, job_id, "job.share"))


def _shares(request: Request, kind: str, shared: Cluster | Job) -> Response:
    if request.method == "GET":
        form_state = FormState.blank(kind="person", name="", level="view")
    else:
        form_state = FormState.from_request(request, kind="person", name="", level="view")
        with form_state.collect_errors():
            shares.share(shared.id, shared.owner, read(NewShare, form_state.values), request.user, request.now)
            return go(request, kind, shared.id, "shares")
    status, searched = context_of(
        request, FIELDS, lambda search, cursor: share_search.listing(shared.id, A_PAGE, cursor, search)
    )
    return show(
        request,
        "shares/shares.html",
        form_state.status if request.method == "POST" else status,
        **searched,
        kind=kind,
        shared=shared,
        form_state=form_state,
    )


@routes.page("/clusters/{cluster_id}/shares/stop", "cluster.share", methods=("POST",), fields=("grantee",))
def stop_of_cluster(request: Request, cluster_id: str) -> Response:
    """Share the cluster with somebody no more."""
    return _stop(request, "clusters", clusters.get(request.user, cluster_id, "cluster.share"))


@routes.page("/jobs/{job_id}/shares/stop", "job.share", methods=("POST",), fields=("grantee",))
def stop_of_job(request: Request, job_id: str) -> Response:
    """Share the job with somebody no more."""
    return _stop(request, "jobs", jobs.get(request.user, job_id, "job.share"))


def _stop(request: Request, kind: str, shared: Cluster | Job) -> Response:
    shares.stop(shared.id, request.form.get("grantee", ""))
    return go(request, kind, shared.id, "shares")
