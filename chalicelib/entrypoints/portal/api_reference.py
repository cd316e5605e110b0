"""What the API can do, as a page: made of its OpenAPI document, with a line to paste for each operation."""

from __future__ import annotations

from functools import cache

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.web import api_reference
from chalicelib.web.api_reference import Operation
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/api-reference", "site.look")
def reference(request: Request) -> Response:
    """Every operation by what it belongs to."""
    return show(request, "api/reference.html", groups=_groups(settings().portal_url))


@cache
def _groups(portal_url: str) -> dict[str, list[Operation]]:
    from chalicelib.entrypoints.api_document import document  # loads all of the API

    return api_reference.groups(document(portal_url), portal_url)
