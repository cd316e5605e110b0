"""Searched lists: `?q=`, `?since=`, `?until=`, `?sort=`, and each list's own filters (chalicelib/core/search.py)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.core.search import Fields, Search
from chalicelib.web.request import Request

_WHEN = "Give a day, such as 2026-11-27, or a moment, such as 2026-11-27T06:00:00Z."


def search(request: Request, fields: Fields) -> Search:
    """What the request looks for in a list; what is empty counts for nothing, as forms send it.

    Raises:
        Invalid: naming each parameter that cannot be read.
    """
    errors: list[FieldError] = []
    values = {name: request.query.get(name, "").strip() for name in fields.parameters}
    for name, value in values.items():
        if message := _problem(name, value, fields):
            errors.append(FieldError(name, message))
    if errors:
        raise Invalid(errors)
    since, until = _moment(values.get("since", "")), _moment(values.get("until", ""), whole_day=True)
    if since and until and until <= since:
        raise Invalid.field("until", "Choose an end after the beginning.")
    filters = {
        name: values[name] for name in fields.filters if values[name] and not _is_all(name, values[name], fields)
    }
    return Search(values["q"], filters, since, until, values["sort"] or fields.order)


def _is_all(name: str, value: str, fields: Fields) -> bool:
    return value == "all" and value in list(fields.choices.get(name, ()))


def _problem(name: str, value: str, fields: Fields) -> str:
    """What is wrong with a parameter, "" for nothing."""
    if len(value) > LIMITS.search:
        return f"Search for up to {LIMITS.search} characters."
    choices = fields.orders if name == "sort" else list(fields.choices.get(name, ()))
    if value and choices and value not in choices:
        return f"Choose one of {', '.join(choices)}."
    if name in fields.numbers and value and not (value.isascii() and value.isdigit() and value == str(int(value))):
        return "Give a whole number."
    if name in ("since", "until") and value:
        try:
            _moment(value, whole_day=name == "until")
        except (ValueError, OverflowError):
            return _WHEN
    return ""


def _moment(text: str, whole_day: bool = False) -> datetime | None:
    """The moment that is meant; the beginning of a day in UTC, or with `whole_day` its end."""
    if not text:
        return None
    if len(text) > len("2026-11-27"):
        return clock.parse(text.replace(" ", "+"))  # a "+" that was not quoted arrives as a space
    day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    return day + timedelta(days=1) if whole_day else day


def in_address(request: Request, fields: Fields) -> dict[str, str]:
    """The search as links to the list's other pages carry it: whatever the address has that is not empty."""
    return {name: value for name in ("scope", *fields.parameters) if (value := request.query.get(name, "").strip())}


def sort_links(current: str, fields: Fields) -> Mapping[str, Any]:
    """For each attribute that a list can be sorted by: the word that a click on its column's head chooses next, and how it is
    sorted now, as ARIA says it."""
    own = fields.order.removeprefix("-")
    first = {own: fields.order} | {name: name for name in fields.sorts}
    links = {}
    for name in first:
        other = name if first[name].startswith("-") else f"-{name}"
        state = {name: "ascending", f"-{name}": "descending"}.get(current, "")
        links[name] = {"next": other if current == first[name] else first[name], "state": state}
    return links
