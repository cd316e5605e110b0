"""Lists: `?limit=` within `LIMITS.page`, `?cursor=` from the page before."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.core.errors import Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.core.pagination import MAX_CURSOR, InvalidCursor
from chalicelib.identity.access import Scope
from chalicelib.web.request import Request


def limit(request: Request) -> int:
    """How many items were asked for.

    Raises:
        Invalid: not a whole number within `LIMITS.page`.
    """
    text = request.query.get("limit", str(LIMITS.page.default))
    if not text.isascii() or not text.isdigit() or not LIMITS.page.low <= int(text[:9]) <= LIMITS.page.high:
        raise Invalid.field("limit", f"Choose a limit from {LIMITS.page}.")
    return int(text)


def cursor(request: Request) -> str | None:
    """Where the list goes on, None for its beginning. Each list decodes its own.

    Raises:
        BadRequest: it is longer than any cursor.
    """
    text = request.query.get("cursor") or None
    if text and len(text) > MAX_CURSOR:
        raise InvalidCursor
    return text


def scope(request: Request) -> Scope:
    """Whose objects the list has; one's own by default.

    Raises:
        Invalid: neither mine, shared nor all.
    """
    return Scope(one_of(request, "scope", Scope, Scope.MINE))


def one_of(request: Request, name: str, words: Iterable[str], default: str = "") -> str:
    """The word that the query has under this name; empty, as forms send what was not chosen, it is the default.

    Raises:
        Invalid: it is none of these.
    """
    value, choices = request.query.get(name) or default, list(words)
    if value != default and value not in choices:
        raise Invalid.field(name, f"Choose one of {', '.join(choices)}.")
    return value
