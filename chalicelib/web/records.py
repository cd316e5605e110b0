"""Values as the API writes them: times in RFC 3339 UTC with `Z`, whole numbers as such."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib import clock


def fields(record: Any, *names: str) -> dict[str, Any]:
    """These attributes of a record, ready for JSON."""
    return {name: value(getattr(record, name)) for name in names}


def value(found: Any) -> Any:
    """One value, ready for JSON."""
    if isinstance(found, datetime):
        return clock.text(found)
    if isinstance(found, float) and found.is_integer():
        return int(found)
    return found
