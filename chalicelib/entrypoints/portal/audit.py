"""The page on which admins read the audit trail."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit import search as audit_search
from chalicelib.audit.context import Channel
from chalicelib.audit.models import AuditEntry
from chalicelib.audit.search import FIELDS
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.entrypoints.portal.searched_list import show_list
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
