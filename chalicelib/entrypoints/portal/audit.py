"""The page on which admins read the audit trail."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.entrypoints.api.audit import query_page
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/admin/audit", "audit.view")
def entries(request: Request) -> Response:
    """Who did what, of one person or to one object if that is asked for."""
    query = {name: request.query.get(name, "").strip() for name in ("person", "object")}
    return show(request, "audit/list.html", page=query_page(request), query=query)
