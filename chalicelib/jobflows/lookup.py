"""A cluster or run by one of its ids: found at once, however old it is, where a search looks through the newest alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from chalicelib.core.pagination import Page, Searched
from chalicelib.core.search import Fields, Search, matches
from chalicelib.core.tables import find
from chalicelib.jobflows.models import JobflowRecord

RecordT = TypeVar("RecordT", bound=JobflowRecord)
JOBFLOW_ID = re.compile(r"j-[A-Z0-9]{3,30}")
OWN_ID = re.compile(r"[a-z]-[a-z0-9-]{1,60}")


def by_id(
    model: type[RecordT], search: Search, fields: Fields, is_visible: Callable[[RecordT], bool]
) -> Page[RecordT] | None:
    """The page of the one record that has the text looked for as its own id, or as EMR's; None when there is none that is visible
    and matches the rest."""
    record = _record(model, search.text.strip())
    if record is None or not is_visible(record) or not matches(record, search, fields):
        return None
    return Page([record], None, None, Searched(1, 1, True))


def _record(model: type[RecordT], text: str) -> RecordT | None:
    if JOBFLOW_ID.fullmatch(text):
        index: Any = model.by_jobflow  # type: ignore[attr-defined]
        return next(iter(index.query(text, limit=1)), None)
    return find(model, text) if OWN_ID.fullmatch(text) else None
