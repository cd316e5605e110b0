"""What a form did, said once on the page that comes next. A short-lived cookie carries it over the redirect."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote

from chalice.app import Response

from chalicelib.audit.context import Effect
from chalicelib.web import auth
from chalicelib.web.request import Request

SECONDS = 60
MAX_LENGTH = 300
"""Characters; the audit trail has the whole sentence."""
_PURPOSE = "done"


def leave(response: Response, effect: Effect | None) -> None:
    """Let the page that this answer redirects to say what was done."""
    if effect and response.status_code == 303 and "Set-Cookie" not in response.headers:
        sentence = f"{effect.name}: {effect.summary}" if effect.name else effect.summary
        response.headers["Set-Cookie"] = auth.cookie(quote(sentence[:MAX_LENGTH], safe=""), SECONDS, _PURPOSE)


def take(request: Request, headers: dict[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """What the last form did, "" for nothing, and a page's headers, after which it is not said again. Fragments of pages leave it
    to the next whole page."""
    headers = dict(headers or {})
    sentence = request.cookies.get(auth.cookie_name(_PURPOSE), "")
    if not sentence or request.headers.get("hx-request") or "Set-Cookie" in headers:
        return "", headers
    return unquote(sentence)[:MAX_LENGTH], headers | {"Set-Cookie": auth.cookie("", 0, _PURPOSE)}
