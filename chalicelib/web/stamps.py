"""What a page says, as a short stamp: an open page that asks for itself again is answered 304 while it would say the same.

The stamp has two halves. The first one is made of what DynamoDB answered, so that nothing need be rendered, or read from S3, to
find that nothing has changed. Where it differs, the second one tells whether the page says anything else. What is not in the
records, such as spans in minutes, S3's files and what is kept for a minute, is looked at once a minute.
"""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime
from typing import Any

from chalice.app import Response

from chalicelib.core import clock
from chalicelib.core.dynamodb import answers
from chalicelib.core.version import VERSION
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


_MOMENT = re.compile(r'"(\d{4}-\d\d-\d\dT[^"]{6,20})"')
_DIGITS = 24
_PARTS = re.compile(rf'W/"([0-9a-f]{{{_DIGITS}}})\.([0-9a-f]{{{_DIGITS}}})"')


class Unchanged(Exception):
    """An open page asks for itself again, and would be told what it shows already."""


def of_body(body: str) -> str:
    """The same for two bodies that say the same."""
    return _digest(_NOT_SAID.sub("", body))


def of_records(noted: list[Any], now: datetime) -> str:
    """The same while these answers of DynamoDB are the same, none of their moments has come, and the minute has not passed."""
    text = json.dumps([VERSION, noted], sort_keys=True, default=repr)
    instant = clock.text(now).rstrip("Z")
    passed = sum(moment.rstrip("Z") <= instant for moment in _MOMENT.findall(text))
    return _digest(f"{text} {passed} {int(now.timestamp()) // 60}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def records_read(request: Request) -> None:
    """What follows in a view depends on nothing but the records that it has read up to here, and on the time.

    Raises:
        Unchanged: the page says what it said.
    """
    if not _asks_again(request) or (noted := answers.get()) is None:
        return
    request.stamp = request.stamp or of_records(noted, request.now)
    if request.stamp == _shown(request)[0]:
        raise Unchanged


def _asks_again(request: Request) -> bool:
    return request.method == "GET" and "hx-request" in request.headers


def _shown(request: Request) -> tuple[str, str]:
    """The halves of the stamp that the open page has; "" where it has none."""
    parts = _PARTS.fullmatch(request.headers.get("if-none-match", ""))
    return (parts[1], parts[2]) if parts else ("", "")


def unchanged(request: Request) -> Response:
    """The answer to a page that shows already what it would be told."""
    return responses.page("", 304, {"ETag": request.headers["if-none-match"]})


def answer(request: Request, body: str, status: int, headers: dict[str, str]) -> Response:
    """The page; without its body if it asks for itself again (htmx) and says what it said."""
    if status != 200 or not _asks_again(request):
        return responses.page(body, status, headers)
    said = of_body(body)
    tagged = headers | {"ETag": f'W/"{request.stamp or "0" * _DIGITS}.{said}"'}
    same = said == _shown(request)[1]
    return responses.page("" if same else body, 304 if same else 200, tagged)
