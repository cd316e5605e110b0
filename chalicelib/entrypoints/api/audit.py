"""The audit trail over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.audit.models import AuditEntry
from chalicelib.clusters import service as clusters
from chalicelib.core.pagination import Page
from chalicelib.identity import access
from chalicelib.jobs import service as jobs
from chalicelib.web import paging, responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request
from chalicelib.web.schemas import TEXT, TIME, Record, listed, many, maybe, one_of

routes = ApiRoutes(__name__)

ENTRY = Record(
    "AuditEntry", at=TIME, actor=TEXT, channel=one_of(Channel), action=TEXT, kind=TEXT, object=maybe(TEXT), name=maybe(TEXT),
    summary=TEXT, fields=many(TEXT),
)  # fmt: skip


def record(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the API gives it."""
    return ENTRY.of(**audit.as_json(entry))


@routes.endpoint("/audit", "audit.view", query=("person", "object", "limit", "cursor"), gives=listed(ENTRY))
def everything(request: Request) -> Response:
    """Who did what, latest first; by one person, or to one object (the id of a cluster, job, key or person)."""
    return responses.as_json(paging.answer(query_page(request), record))


def query_page(request: Request) -> Page[AuditEntry]:
    """The page of entries that a query asks for.

    Raises:
        Invalid, BadRequest: a limit or a cursor that cannot be.
    """
    limit, cursor = paging.limit(request), paging.cursor(request)
    if object_id := request.query.get("object", "").strip():
        return audit.of_object(object_id, limit, cursor)
    if actor := request.query.get("person", "").strip():
        return audit.of_actor(actor, limit, cursor)
    return audit.everything(request.now, limit, cursor)


@routes.endpoint("/clusters/{cluster_id}/audit", "cluster.view", query=("limit", "cursor"), gives=listed(ENTRY))
def of_cluster(request: Request, cluster_id: str) -> Response:
    """What happened to a cluster, latest first."""
    cluster = clusters.get(request.user, cluster_id)
    return _of(request, cluster.id, access.allowed(request.person, "cluster", cluster))


@routes.endpoint("/jobs/{job_id}/audit", "job.view", query=("limit", "cursor"), gives=listed(ENTRY))
def of_job(request: Request, job_id: str) -> Response:
    """What happened to a job and its runs, latest first."""
    job = jobs.get(request.user, job_id)
    return _of(request, job.id, access.allowed(request.person, "job", job))


def _of(request: Request, object_id: str, may: frozenset[str]) -> Response:
    page = audit.of_object(object_id, paging.limit(request), paging.cursor(request), may)
    return responses.as_json(paging.answer(page, record))
