"""Searched lists that no index has: those of a person's few things, and of what is shared with somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pynamodb.models import Model

from chalicelib.core.pagination import Page, Searched, in_order, offset_of
from chalicelib.core.search import CREATED, EVERYTHING, Fields, Search, select

ModelT = TypeVar("ModelT", bound=Model)
MAX_SHARED = 300
"""What is shared with somebody is searched among so many: DynamoDB reads 100 in a call."""


def search_all(
    records: Sequence[Any],
    search: Search,
    fields: Fields,
    limit: int,
    cursor: str | None = None,
    is_complete: bool = True,
) -> Page[Any]:
    """One page of what is looked for in a list that has been read, of which these are all or, unless `is_complete`, the first.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    start, matching = offset_of(cursor), select(records, search, fields)
    if search.sort == CREATED:
        matching.sort(key=lambda record: record.created_at)
    elif search.sort == fields.own_orders[1]:
        matching.reverse()
    end = start + limit
    return Page(
        matching[start:end],
        str(end) if len(matching) > end else None,
        str(max(0, start - limit)) if start else None,
        Searched(len(records), len(matching), is_complete),
    )


def search_shared(
    model: type[ModelT],
    ids: Sequence[str],
    search: Search,
    fields: Fields,
    limit: int,
    cursor: str | None = None,
    shows: Sequence[str] | None = None,
) -> Page[ModelT]:
    """One page of what is looked for among the records with these ids, in this order unless `search` has another; those that
    are gone are left out. Among more than `MAX_SHARED` only the first are searched.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    if search == EVERYTHING:
        return in_order(model, ids, limit, cursor, shows)
    rows = (*shows, *(name for name in fields.attributes if name not in shows)) if shows else None
    read = in_order(model, ids, MAX_SHARED, None, rows).items
    return search_all(read, search, fields, limit, cursor, len(ids) <= MAX_SHARED)
