"""The page on which admins read the audit trail."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit import service as audit
from chalicelib.web import paging
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/admin/audit", "audit.view", query=("person", "object", "limit", "cursor"))
def entries(request: Request) -> Response:
    """Who did what, of one person or to one object if that is asked for."""
    query = {name: request.query.get(name, "").strip() for name in ("person", "object")}
    page = audit.search(
        request.now, paging.limit(request), paging.cursor(request), object_id=query["object"], actor=query["person"]
    )
    return show(request, "audit/list.html", page=page, query=query)
