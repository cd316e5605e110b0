"""Searched lists, in pages that go both ways.

What an index cannot answer by itself is looked for among so many of its records at a time: a window. A page says how many
were searched; its cursors lead through a window's matches and on to the next window.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pynamodb.indexes import Index
from pynamodb.models import Model

from chalicelib.core import clock, places
from chalicelib.core.pagination import LOOKED_AT, InvalidCursor, Page, Searched
from chalicelib.core.places import Place
from chalicelib.core.rows import as_rows
from chalicelib.core.search import CREATED, Fields, Search, select

ModelT = TypeVar("ModelT", bound=Model)
MAX_CALLS = 3
"""Queries made for one window: each reads 1 MB at most, so that windows of large records are smaller.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html"""


@dataclass(frozen=True)
class Window(Generic[ModelT]):
    """Records in the list's order, and whether there are others before and after them."""

    records: list[ModelT]
    has_earlier: bool
    has_later: bool


def search_index(
    index: Index[ModelT],
    of: dict[str, str],
    search: Search,
    fields: Fields,
    limit: int,
    cursor: str | None = None,
    shows: Sequence[str] | None = None,
) -> Page[ModelT]:
    """One page of what is looked for in an index whose range key is `created_at`; `of` is its hash key by name. With `shows`
    the records are rows (chalicelib/core/rows.py) that have these attributes, and those that are searched.

    What the index has in its own order is read as it is, a page at a time. Anything else is looked for among `LOOKED_AT`
    records at a time, or as many as `MAX_CALLS` calls read; orders other than by creation are within these.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    place = places.decode(cursor)
    _check_within(search, place)
    rows = (*shows, *(name for name in fields.attributes if name not in shows)) if shows else None
    size = limit if search.is_plain else LOOKED_AT
    window = _read(index, of, search, place, size, rows)
    if place.backwards and not window.has_earlier:
        # Back at the beginning: what was made since then joins the first page.
        place = Place(offset=place.offset)
        window = _read(index, of, search, place, size, rows)
    if search.is_plain:
        return _plain(window)
    return _page(window, select(window.records, search, fields), place, limit)


def _read(
    index: Index[ModelT],
    of: dict[str, str],
    search: Search,
    place: Place,
    size: int,
    rows: Sequence[str] | None,
) -> Window[ModelT]:
    ((name, value),) = of.items()
    model: Any = index._model
    pages = index.query(
        value, _dates(model, search),
        scan_index_forward=(search.sort == CREATED) != place.backwards,
        last_evaluated_key=_key(place.key) | {name: {"S": value}} if place.key else None,
        attributes_to_get=list(rows) if rows else None,
    ).page_iter  # fmt: skip
    items, more = _some(pages, size)
    records = [model.from_raw_data(item) for item in (reversed(items) if place.backwards else items)]
    return Window(
        as_rows(records, rows) if rows else records,
        more if place.backwards else bool(place.key),
        place.backwards or more,
    )


def _some(pages: Any, size: int) -> tuple[list[Any], bool]:
    """So many items of a query, or fewer where calls read fewer, and whether there are more."""
    items: list[Any] = []
    for _ in range(MAX_CALLS):
        pages.page_size = size + 1 - len(items)  # one more, to know whether there is one
        items += next(pages)["Items"]
        if len(items) > size or pages.last_evaluated_key is None:
            break
    return items[:size], len(items) > size or pages.last_evaluated_key is not None


def _check_within(search: Search, place: Place) -> None:
    """DynamoDB refuses to begin where the dates that are looked for do not reach."""
    at = clock.parse(place.key[1]) if place.key else None
    if at and not (search.since or at) <= at < (search.until or at + clock.SMALLEST):
        raise InvalidCursor


def _dates(model: Any, search: Search) -> Any:
    """The condition on the range key; `until` itself is left out by comparing to the microsecond before it."""
    created = model.created_at
    if search.since and search.until:
        return created.between(search.since, max(search.since, search.until - clock.SMALLEST))
    if search.since:
        return created >= search.since
    return created < search.until if search.until else None


def _plain(window: Window[ModelT]) -> Page[ModelT]:
    if not window.records:
        return Page([], None)
    first, last = window.records[0], window.records[-1]
    return Page(
        window.records,
        places.encode(Place(_key_of(last))) if window.has_later else None,
        places.encode(Place(_key_of(first), backwards=True)) if window.has_earlier else None,
    )


def _page(window: Window[ModelT], matching: list[ModelT], place: Place, limit: int) -> Page[ModelT]:
    """A page of a window's matches. Beyond the first and the last one lie the windows before and after it."""
    start = _start(matching, place, limit)
    items, end = matching[start : start + limit], start + limit
    later: Place | None = None
    earlier: Place | None = None
    if len(matching) > end:
        later = Place(place.key, place.backwards, items[-1].id, end)  # type: ignore[attr-defined]
    elif window.has_later and window.records:
        later = Place(_key_of(window.records[-1]))
    if start > 0:
        earlier = Place(place.key, place.backwards, "", max(0, start - limit))
    elif window.has_earlier and window.records:
        earlier = Place(_key_of(window.records[0]), True, "", places.LAST)
    searched = Searched(len(window.records), len(matching), not window.has_earlier and not window.has_later)
    return Page(items, places.encode(later), places.encode(earlier), searched)


def _start(matching: list[Any], place: Place, limit: int) -> int:
    if place.offset == places.LAST:
        return max(0, len(matching) - 1) // limit * limit
    ids = [record.id for record in matching] if place.after else []
    return ids.index(place.after) + 1 if place.after in ids else place.offset


def _key_of(record: Any) -> tuple[str, str]:
    return record.id, clock.text(record.created_at)


def _key(key: tuple[str, str]) -> dict[str, Any]:
    return {"id": {"S": key[0]}, "created_at": {"S": key[1]}}
