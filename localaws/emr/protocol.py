"""EMR's JSON protocol: times travel as numbers, lists in pages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

Params = dict[str, Any]

PAGE_SIZE = 50


def page(name: str, items: list[Params], params: Params) -> Params:
    """The page of a list that the request's Marker names, with the Marker of the next page if there is one."""
    start = int(params.get("Marker", "0"))
    answer: Params = {name: items[start : start + PAGE_SIZE]}
    if start + PAGE_SIZE < len(items):
        answer["Marker"] = str(start + PAGE_SIZE)
    return answer


def with_datetimes(params: Params) -> Params:
    """The parameters as botocore's validator wants them: dates instead of numbers."""
    return {
        key: datetime.fromtimestamp(value, UTC) if key in ("CreatedAfter", "CreatedBefore") else value
        for key, value in params.items()
    }


def encode_time(value: Any) -> float:
    """For `json.dumps`: a datetime as seconds since 1970."""
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{value!r} is not JSON")
