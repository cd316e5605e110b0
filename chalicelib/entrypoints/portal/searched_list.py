"""A page's list that is searched, filtered, sorted and paged by its address (templates/components/search.html)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import Invalid
from chalicelib.core.pagination import Page
from chalicelib.core.search import Fields, Search
from chalicelib.web import paging, search_query
from chalicelib.web.pages import show
from chalicelib.web.request import Request

A_PAGE = 25


def show_list(
    request: Request,
    template: str,
    fields: Fields,
    read: Callable[[Search, str | None], Page[Any]],
    fixed: dict[str, str] | None = None,
    **context: Any,
) -> Response:
    """The page with its list as its address says, and as `read` gives it; where that cannot be read, with what is wrong and no
    list. `fixed` are further parameters that its links keep."""
    status, searched = context_of(request, fields, read, fixed)
    return show(request, template, status, **searched, **context)


def context_of(
    request: Request,
    fields: Fields,
    read: Callable[[Search, str | None], Page[Any]],
    fixed: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """The status, and what the template of a page with a searched list uses."""
    page, search, errors = Page[Any]([], None), Search(), {}
    try:
        search = search_query.search(request, fields)
        page = read(search, paging.cursor(request))
    except Invalid as error:
        errors = {each.field: each.message for each in error.errors}
    values = {name: request.query.get(name, "") for name in fields.parameters}
    folded = [value for name, value in values.items() if value not in ("", "all") and name not in ("q", "sort")]
    address = search_query.in_address(request, fields) | {name: value for name, value in (fixed or {}).items() if value}
    return Invalid.status if errors else 200, {
        "page": page, "search": search, "errors": errors, "values": values, "filters_used": len(folded), "address": address,
        "sorts": search_query.sort_links(search.sort, fields), "is_first": "cursor" not in request.query,
    }  # fmt: skip
