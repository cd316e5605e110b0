"""How Chalice's own refusals (wrong method, wrong content type) look to whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib.core import clock
from chalicelib.core.errors import AtmoError, BadRequest, UnsupportedMediaType
from chalicelib.web import responses
from chalicelib.web.pages import error_page
from chalicelib.web.request import Request


class MethodNotAllowed(AtmoError):
    """The path exists, the method does not."""

    status = 405
    title = "Method not allowed"


_KINDS: dict[int, type[AtmoError]] = {400: BadRequest, 405: MethodNotAllowed, 415: UnsupportedMediaType}


def refusals(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice middleware: its own error bodies become our page, or a problem for the API."""
    response = get_response(request)
    if response.status_code < 400 or not (isinstance(response.body, dict) and "Code" in response.body):
        return response
    error = _KINDS.get(response.status_code, AtmoError)(response.body["Message"])
    wrapped = Request(request, clock.now())
    answer = responses.problem(error) if wrapped.path.startswith("/api/") else error_page(wrapped, error)
    answer.headers |= {name: value for name, value in response.headers.items() if name == "Allow"}
    return answer
