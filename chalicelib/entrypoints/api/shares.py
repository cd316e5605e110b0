"""Sharing over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core import fields
from chalicelib.core.schemas import searchable
from chalicelib.identity import share_search, shares
from chalicelib.identity.share_forms import NewShare
from chalicelib.identity.share_schemas import SHARE, share_record
from chalicelib.identity.share_search import FIELDS
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint(
    "/clusters/{cluster_id}/shares",
    "cluster.share",
    query=("limit", "cursor"),
    searched_by=FIELDS,
    gives=searchable(SHARE),
)
def of_cluster(request: Request, cluster_id: str) -> Response:
    """Who a cluster is shared with, and what they may do."""
    return _listing(request, clusters.get(request.user, cluster_id, "cluster.share"))


@routes.endpoint(
    "/jobs/{job_id}/shares", "job.share", query=("limit", "cursor"), searched_by=FIELDS, gives=searchable(SHARE)
)
def of_job(request: Request, job_id: str) -> Response:
    """Who a job and its runs are shared with, and what they may do."""
    return _listing(request, jobs.get(request.user, job_id, "job.share"))


def _listing(request: Request, shared: Cluster | Job) -> Response:
    search = search_query.search(request, FIELDS)
    page = share_search.listing(shared.id, paging.limit(request), paging.cursor(request), search)
    return responses.as_json(page.as_search_json(share_record))


def _cluster_shared_before(request: Request, _: str, cluster_id: str) -> Response:
    return _share_as_it_is(request, clusters.get(request.user, cluster_id, "cluster.share"))


def _job_shared_before(request: Request, _: str, job_id: str) -> Response:
    return _share_as_it_is(request, jobs.get(request.user, job_id, "job.share"))


def _share_as_it_is(request: Request, shared: Cluster | Job) -> Response:
    form = fields.read(NewShare, request.json)
    return responses.as_json(share_record(shares.get(shared.id, f"{form.kind}:{form.name}")))


@routes.endpoint(
    "/clusters/{cluster_id}/shares",
    "cluster.share",
    methods=("POST",),
    body=NewShare,
    again=_cluster_shared_before,
    gives=SHARE,
)
def share_cluster(request: Request, cluster_id: str) -> Response:
    """Share a cluster with a person or a group. Repeat it to change the level."""
    return _share(request, clusters.get(request.user, cluster_id, "cluster.share"))


@routes.endpoint(
    "/jobs/{job_id}/shares", "job.share", methods=("POST",), body=NewShare, again=_job_shared_before, gives=SHARE
)
def share_job(request: Request, job_id: str) -> Response:
    """Share a job and its runs with a person or a group. Repeat it to change the level."""
    return _share(request, jobs.get(request.user, job_id, "job.share"))


def _share(request: Request, shared: Cluster | Job) -> Response:
    form = fields.read(NewShare, request.json)
    return responses.as_json(share_record(shares.share(shared.id, shared.owner, form, request.user, request.now)))


@routes.endpoint("/clusters/{cluster_id}/shares/{kind}/{name}", "cluster.share", methods=("DELETE",), status=204)
def stop_of_cluster(request: Request, cluster_id: str, kind: str, name: str) -> Response:
    """Stop sharing a cluster with a person or group."""
    shares.stop(clusters.get(request.user, cluster_id, "cluster.share").id, f"{kind}:{name}")
    return responses.empty()


@routes.endpoint("/jobs/{job_id}/shares/{kind}/{name}", "job.share", methods=("DELETE",), status=204)
def stop_of_job(request: Request, job_id: str, kind: str, name: str) -> Response:
    """Stop sharing a job with a person or group."""
    shares.stop(jobs.get(request.user, job_id, "job.share").id, f"{kind}:{name}")
    return responses.empty()
