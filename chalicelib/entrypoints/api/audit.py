"""The audit trail over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit import search as audit_search
from chalicelib.audit.schemas import ENTRY, entry_record
from chalicelib.audit.search import FIELDS
from chalicelib.clusters import service as clusters
from chalicelib.core.schemas import searchable
from chalicelib.identity import access
from chalicelib.jobs import service as jobs
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint(
    "/audit",
    "audit.view",
    query=("person", "object", "limit", "cursor"),
    searched_by=FIELDS,
    gives=searchable(ENTRY),
)
def everything(request: Request) -> Response:
    """Who did what, latest first; by one person, or to one object (the id of a cluster, job, key or person)."""
    page = audit_search.search(
        request.now,
        paging.limit(request),
        paging.cursor(request),
        object_id=request.query.get("object", "").strip(),
        actor=request.query.get("person", "").strip(),
        search=search_query.search(request, FIELDS),
    )
    return responses.as_json(page.as_search_json(entry_record))


@routes.endpoint(
    "/clusters/{cluster_id}/audit",
    "cluster.view",
    query=("limit", "cursor"),
    searched_by=FIELDS,
    gives=searchable(ENTRY),
)
def of_cluster(request: Request, cluster_id: str) -> Response:
    """What happened to a cluster, latest first."""
    cluster = clusters.get(request.user, cluster_id)
    return _of(request, cluster.id, access.allowed(request.person, "cluster", cluster))


@routes.endpoint(
    "/jobs/{job_id}/audit", "job.view", query=("limit", "cursor"), searched_by=FIELDS, gives=searchable(ENTRY)
)
def of_job(request: Request, job_id: str) -> Response:
    """What happened to a job and its runs, latest first."""
    job = jobs.get(request.user, job_id)
    return _of(request, job.id, access.allowed(request.person, "job", job))


def _of(request: Request, object_id: str, may: frozenset[str]) -> Response:
    search, limit, cursor = search_query.search(request, FIELDS), paging.limit(request), paging.cursor(request)
    page = audit_search.search(request.now, limit, cursor, object_id=object_id, search=search, may=may)
    return responses.as_json(page.as_search_json(entry_record))
