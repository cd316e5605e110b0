"""HEAD: whatever answers GET answers HEAD too, with the same status and headers, and without the body."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalice.app import Response


def with_head(methods: Sequence[str]) -> list[str]:
    """The methods of a route, and HEAD where GET is among them. Chalice and API Gateway serve what is declared only."""
    return [*methods, "HEAD"] if "GET" in methods else list(methods)


def heads(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """Chalice middleware: what was asked for by HEAD goes without its body."""
    response = get_response(request)
    if request.method == "HEAD":
        response.body = ""
    return response
