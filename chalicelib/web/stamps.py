"""What a page says, as a short stamp: an open page that asks for itself again is answered 304 while it would say the same."""

from __future__ import annotations

import hashlib
import re

from chalice.app import Response

from chalicelib.web import responses
from chalicelib.web.request import Request

_NOT_SAID = re.compile(
    r'<meta name="now" content="[^"]*">'
    r'|name="(?:submission|csrf_token)" value="[^"]*"'
    r'|data-now="[^"]*"'
    r"|(?<=X-Amz-Date=\d{8}T\d{3})[^&\"]*|X-Amz-(?!Date=)[A-Za-z-]+=[^&\"]*"
    r"|(?<=<span data-since)[^<]*"
)
"""What differs each time although the page says the same: the clock, keys of forms, signatures of links, spans that grow. Of
a link's moment the tens of minutes stay, so that an open page gets new links before its own are over, which last a quarter of an
hour."""


def stamp(body: str) -> str:
    """An entity tag that is the same for two bodies that say the same."""
    return f'W/"{hashlib.sha256(_NOT_SAID.sub("", body).encode()).hexdigest()[:24]}"'


def answer(request: Request, body: str, status: int, headers: dict[str, str]) -> Response:
    """The page; without its body if it asks for itself again (htmx) and says what it said."""
    if status != 200 or request.method != "GET" or "hx-request" not in request.headers:
        return responses.page(body, status, headers)
    tagged = headers | {"ETag": stamp(body)}
    same = request.headers.get("if-none-match") == tagged["ETag"]
    return responses.page("" if same else body, 304 if same else 200, tagged)
