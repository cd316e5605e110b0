"""What a cluster or a job will cost, beside their forms: a fragment that changes as the fields do."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.entrypoints.portal import estimate_values
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/clusters/estimate", "own.look", query=estimate_values.CLUSTER_FIELDS)
def of_cluster(request: Request) -> Response:
    """A fragment: what the cluster typed so far will cost."""
    return show(request, "costs/_estimate.html", **estimate_values.of_cluster(request, request.query))


@routes.page("/jobs/estimate", "own.look", query=estimate_values.JOB_QUERY)
def of_job(request: Request) -> Response:
    """A fragment: what the job typed so far will cost."""
    return show(request, "costs/_estimate.html", **estimate_values.of_job(request, request.query))
