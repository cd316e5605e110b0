"""ETag and If-Match: the version of a record that a program reads, and that its change is meant for (RFC 9110, 8.8.3, 13.1.1)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chalice.app import Response

from chalicelib.core.errors import Outdated
from chalicelib.core.versions import Check, etag, last_write_wins
from chalicelib.web.request import Request

if TYPE_CHECKING:
    from chalicelib.core.schemas import Record


def tag(response: Response, gives: Record | None) -> Response:
    """The answer with the version of the record in it. What only this answer shows, such as a new secret, does not count."""
    if gives and not gives.is_list and response.status_code < 300:
        record = json.loads(response.body)
        response.headers["ETag"] = etag({name: record[name] for name in record if not gives.is_optional(name)})
    return response


def if_match(request: Request, record_of: Callable[..., dict[str, Any]]) -> Check:
    """The check that the caller asked for. `record_of` makes the API's record of what the service read.

    The check raises:
        Outdated: none of the versions in the header is that of the record.
    """
    tags = [each.strip() for each in request.headers.get("if-match", "").split(",") if each.strip()]
    if not tags or tags == ["*"]:
        return last_write_wins

    def check(*read: Any) -> None:
        record = record_of(*read)
        if etag(record) not in tags:
            raise Outdated(record)

    return check
