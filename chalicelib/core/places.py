"""Cursors of searched lists: the place where a page begins, as text that nobody has to understand."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from chalicelib.core import clock
from chalicelib.core.pagination import LOOKED_AT, RECORD_ID, InvalidCursor

LAST = -1
"""The offset of a window's last page."""


@dataclass(frozen=True)
class Place:
    """Where a page begins: a window that begins after this key of the index (`backwards`: that ends before it; without one: at
    the list's beginning), and in it after the match with the id `after`, or at `offset` if that is no match any more."""

    key: tuple[str, str] | None = None
    backwards: bool = False
    after: str = ""
    offset: int = 0


def encode(place: Place | None) -> str | None:
    """A cursor says where a list stopped, not whose list it is: it cannot lead into another one's."""
    if place is None:
        return None
    parts = [*(place.key or (None, None)), int(place.backwards), place.after, place.offset]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def decode(cursor: str | None) -> Place:
    """The place that a cursor names; the list's beginning for None.

    Raises:
        BadRequest: it is not one that such a list returned.
    """
    if not cursor:
        return Place()
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        record_id, created_at, backwards, after, offset = parts if len(parts) == 5 else (*parts, 0, "", 0)
        return _checked(record_id, created_at, backwards, after, offset)
    except (ValueError, TypeError, RecursionError):
        raise InvalidCursor from None


def _checked(record_id: Any, created_at: Any, backwards: Any, after: Any, offset: Any) -> Place:
    if type(offset) is not int or not LAST <= offset <= LOOKED_AT or backwards not in (0, 1):
        raise ValueError("no place of ours")
    if not isinstance(after, str) or (after and not RECORD_ID.fullmatch(after)):
        raise ValueError("no id of ours")
    if record_id is None and created_at is None and not backwards:
        return Place(None, False, after, offset)
    clock.parse(created_at)
    if not RECORD_ID.fullmatch(record_id) or not re.fullmatch(r"[0-9T:.Z+-]{10,40}", created_at):
        raise ValueError("no key of ours")
    return Place((record_id, created_at), bool(backwards), after, offset)
