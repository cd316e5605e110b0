"""Lists of records, in pages. A cursor says where the next page begins."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.indexes import Index
from pynamodb.models import Model

from chalicelib.core import clock
from chalicelib.core.errors import BadRequest
from chalicelib.core.rows import as_rows, stored_names

ItemT = TypeVar("ItemT")
ModelT = TypeVar("ModelT", bound=Model)
LOOKED_AT = 1000
"""How many records a filtered list reads at most for one page."""
SEARCH_PAGE = 500
"""How many of them at once."""
MAX_CURSOR = 2000
"""Characters; the longest is that of a list of files, made of a name of up to 1,024 bytes."""
RECORD_ID = re.compile(r"[!-~]{1,200}")


class InvalidCursor(BadRequest):
    """A cursor that no list returned."""

    def __init__(self) -> None:
        super().__init__("This cursor was not returned by this list. Start again without one.")


@dataclass(frozen=True)
class Searched:
    """Among how many `records` was looked, how many `matches` are among them, and whether these are all of the list's."""

    records: int
    matches: int
    is_complete: bool


@dataclass(frozen=True)
class Page(Generic[ItemT]):
    """Some items of a list, and the cursor of the next ones (None at the end).

    Lists that can be searched also have the cursor of the `previous` ones, and say what was `searched`, unless the whole of an
    index was shown as it is.
    """

    items: list[ItemT]
    next: str | None
    previous: str | None = None
    searched: Searched | None = None

    def as_json(self, as_record: Callable[[ItemT], dict[str, Any]]) -> dict[str, Any]:
        """The list as the API gives it, with each item as its record."""
        return {"items": [as_record(item) for item in self.items], "next": self.next}

    def as_search_json(self, as_record: Callable[[ItemT], dict[str, Any]]) -> dict[str, Any]:
        """The same of a list that can be searched."""
        searched = self.searched and {
            "records": self.searched.records, "matches": self.searched.matches, "is_complete": self.searched.is_complete,
        }  # fmt: skip
        return self.as_json(as_record) | {"previous": self.previous, "searched": searched}


def newest_first(
    index: Index[ModelT],
    of: dict[str, str],
    limit: int,
    cursor: str | None,
    only: Condition | None = None,
    shows: Sequence[str] | None = None,
) -> Page[ModelT]:
    """One page of an index whose range key is `created_at`; `of` is its hash key by name, such as {"owner": "alice"}.

    With `only` what does not meet the condition is read, and paid for, but left out. With `shows` the records are rows that have
    these attributes alone (chalicelib/core/rows.py).

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    ((name, value),) = of.items()
    start = _decode(cursor) | {name: {"S": value}} if cursor else None
    query = index.query(
        value, scan_index_forward=False, limit=limit, page_size=limit, last_evaluated_key=start, filter_condition=only,
        attributes_to_get=stored_names(index._model, shows),  # type: ignore[arg-type]
    )  # fmt: skip
    items = as_rows(query, shows) if shows else list(query)
    return Page(items, _encode(query.last_evaluated_key) if query.last_evaluated_key else None)


def newest_that(
    index: Index[ModelT],
    of: dict[str, str],
    limit: int,
    cursor: str | None,
    fits: Callable[[ModelT], bool],
    shows: Sequence[str] | None = None,
) -> Page[ModelT]:
    """One page of those records that fit, as `newest_first` has them. `shows` as there; what `fits` looks at is among them.

    However rare they are, one call reads no more than so many records: the page may then be short, or empty, and yet have a
    cursor, which goes on where this call stopped.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    matching: list[ModelT] = []
    looked_at, at_once = 0, max(10, 2 * limit)
    while looked_at < LOOKED_AT:
        page = newest_first(index, of, min(at_once, 250), cursor, shows=shows)
        for record in page.items:
            if fits(record):
                matching.append(record)
            if len(matching) == limit:
                return Page(matching, None if record is page.items[-1] and not page.next else cursor_after(record))
        cursor, looked_at, at_once = page.next, looked_at + len(page.items), at_once * 2
        if cursor is None:
            break
    return Page(matching, cursor)


def search_pages(
    read: Callable[[int, str | None], Page[ItemT]],
    matches: Callable[[ItemT], bool],
    cursor_of: Callable[[ItemT], str],
    limit: int,
    cursor: str | None,
) -> Page[ItemT]:
    """One page of what matches in a list that `read` gives in pages, with what was searched: `LOOKED_AT` items at most, after
    which the cursor goes on.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    matching: list[ItemT] = []
    looked_at, is_first = 0, cursor is None
    while looked_at < LOOKED_AT:
        page = read(SEARCH_PAGE, cursor)
        for number, item in enumerate(page.items, 1):
            matching += [item] if matches(item) else []
            if len(matching) == limit:
                return Page(matching, cursor_of(item), None, Searched(looked_at + number, limit, False))
        cursor, looked_at = page.next, looked_at + len(page.items)
        if cursor is None:
            break
    return Page(matching, cursor, None, Searched(looked_at, len(matching), is_first and cursor is None))


def cursor_after(record: Any) -> str:
    """Where a list goes on after this record of it."""
    return _encode({"id": {"S": record.id}, "created_at": {"S": clock.text(record.created_at)}})


def _encode(key: dict[str, Any]) -> str:
    """A cursor says where a list stopped, not whose list it is: it cannot lead into another one's."""
    place = [key["id"]["S"], key["created_at"]["S"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _decode(cursor: str) -> dict[str, Any]:
    try:
        record_id, created_at = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        clock.parse(created_at)
        if not RECORD_ID.fullmatch(record_id):
            raise ValueError("no id of ours")
    except (ValueError, TypeError, RecursionError):
        raise InvalidCursor from None
    return {"id": {"S": record_id}, "created_at": {"S": created_at}}


def in_order(
    model: type[ModelT], ids: Sequence[str], limit: int, cursor: str | None, shows: Sequence[str] | None = None
) -> Page[ModelT]:
    """One page of the records with these ids, in this order; those that are gone are left out. `shows` as above.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    start = offset_of(cursor)
    page = list(ids[start : start + limit])
    read = model.batch_get(page, attributes_to_get=stored_names(model, shows)) if page else []
    records = {record.id: record for record in (as_rows(read, shows) if shows else read)}  # type: ignore[attr-defined]
    more = str(start + limit) if len(ids) > start + limit else None
    return Page([records[one] for one in page if one in records], more, str(max(0, start - limit)) if start else None)


def offset_of(cursor: str | None) -> int:
    """Where a list goes on whose cursors are numbers.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 7):
        raise InvalidCursor
    return int(cursor or 0)
