"""The pages on which admins read the audit trail, and others what happened to a cluster or a job."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit import search as audit_search
from chalicelib.audit.context import Channel
from chalicelib.audit.models import AuditEntry
from chalicelib.audit.search import FIELDS
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.entrypoints.portal.searched_list import A_PAGE, show_list
from chalicelib.identity import access
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.web import paging
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/admin/audit", "audit.view", query=("person", "object", "limit"), searched_by=FIELDS)
def entries(request: Request) -> Response:
    """Who did what, of one person or to one object if that is asked for."""
    query = {name: request.query.get(name, "").strip() for name in ("person", "object")}

    def read(search: Search, cursor: str | None) -> Page[AuditEntry]:
        return audit_search.search(
            request.now, paging.limit(request), cursor, object_id=query["object"], actor=query["person"], search=search
        )

    return show_list(
        request, "audit/list.html", FIELDS, read, query, query=query, channels=[(str(one), str(one)) for one in Channel]
    )


@routes.page("/clusters/{cluster_id}/audit", "cluster.view", searched_by=FIELDS)
def of_cluster(request: Request, cluster_id: str) -> Response:
    """What happened to a cluster."""
    return _of(request, "clusters", "cluster", clusters.get(request.user, cluster_id))


@routes.page("/jobs/{job_id}/audit", "job.view", searched_by=FIELDS)
def of_job(request: Request, job_id: str) -> Response:
    """What happened to a job and its runs."""
    return _of(request, "jobs", "job", jobs.get(request.user, job_id))


def _of(request: Request, place: str, kind: str, thing: Cluster | Job) -> Response:
    may = access.allowed(request.person, kind, thing)

    def read(search: Search, cursor: str | None) -> Page[AuditEntry]:
        return audit_search.search(request.now, A_PAGE, cursor, object_id=thing.id, search=search, may=may)

    return show_list(
        request, "audit/of_object.html", FIELDS, read, place=place, thing=thing, channels=[(str(one), str(one)) for one in Channel]
    )  # fmt: skip
