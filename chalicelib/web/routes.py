"""Which routes there are, and how Chalice's own refusals (wrong method, wrong content type) look to whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib import api, clock
from chalicelib.admin import portal as admin_portal
from chalicelib.clusters import portal as clusters_portal
from chalicelib.dashboard import portal as dashboard_portal
from chalicelib.errors import AtmoError, BadRequest
from chalicelib.jobs import portal as jobs_portal
from chalicelib.jobs import runs_portal
from chalicelib.keys import portal as keys_portal
from chalicelib.news import portal as news_portal
from chalicelib.users import portal as users_portal
from chalicelib.web import answers, site
from chalicelib.web.pages import error_page
from chalicelib.web.request import Request

ALL = [
    *api.BLUEPRINTS,
    dashboard_portal.routes,
    clusters_portal.routes,
    jobs_portal.routes,
    runs_portal.routes,
    keys_portal.routes,
    users_portal.routes,
    news_portal.routes,
    admin_portal.routes,
    site.routes,
]


class MethodNotAllowed(AtmoError):
    """The path exists, the method does not."""

    status = 405
    title = "Method not allowed"


class UnsupportedMediaType(AtmoError):
    """The body is of a kind that no route reads."""

    status = 415
    title = "Unsupported media type"


_KINDS: dict[int, type[AtmoError]] = {400: BadRequest, 405: MethodNotAllowed, 415: UnsupportedMediaType}


def refusals(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice middleware: its own error bodies become our page, or a problem for the API."""
    response = get_response(request)
    if response.status_code < 400 or not (isinstance(response.body, dict) and "Code" in response.body):
        return response
    error = _KINDS.get(response.status_code, AtmoError)(response.body["Message"])
    asked = Request(request, clock.now())
    answer = answers.problem(error) if asked.path.startswith("/api/") else error_page(asked, error)
    answer.headers |= {name: value for name, value in response.headers.items() if name == "Allow"}
    return answer
