"""Answers on the terminal: JSON for programs, a table or a list of fields for people. Pure but for `emit`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

COLUMNS = (
    "id", "identifier", "job_identifier", "username", "title", "name", "version", "at", "status", "last_run_status", "size",
    "schedule", "trigger", "owner", "actor", "summary", "next_run_at", "expires_at", "started_at", "finished_at", "created_at",
    "kind", "level", "number", "uploaded_at", "uploaded_by", "local",
)  # fmt: skip
"""What the tables of lists show, in this order, of what their items have."""
MAX_COLUMNS = 7
MAX_WIDTH = 44


def emit(value: Any, as_json: bool) -> None:
    """Print an answer."""
    if value is None:
        return
    if as_json:
        print(json.dumps(value, indent=2, ensure_ascii=False))
    else:
        print("\n".join(table(value) if isinstance(value, list) else record(value)))


def table(items: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each item, below the names of the columns."""
    if not items:
        return ["Nothing."]
    columns = [name for name in COLUMNS if name in items[0]][:MAX_COLUMNS] or list(items[0])[:MAX_COLUMNS]
    rows = [columns, *([_cell(item.get(name)) for name in columns] for item in items)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def record(fields: Any) -> list[str]:
    """A line for each field that has a value."""
    if not isinstance(fields, dict):
        return [str(fields)]
    shown = {name: _text(value) for name, value in fields.items() if value not in (None, "", [], {})}
    width = max(map(len, shown), default=0)
    return [f"{name.ljust(width)}  {value}" for name, value in shown.items()]


def _cell(value: Any) -> str:
    text = _text(value).replace("\n", " ")
    return text if len(text) <= MAX_WIDTH else text[: MAX_WIDTH - 1] + "…"


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
