"""Zeppelin notes for tests."""

from __future__ import annotations

import json
from typing import Any


def paragraph(text: str | None, **changes: Any) -> dict[str, Any]:
    """As Zeppelin 0.10 saves one that was run before: with somebody's results of that time."""
    return {
        "text": text,
        "user": "anonymous",
        "dateUpdated": "2021-07-26 04:33:49.926",
        "config": {"colWidth": 12.0, "enabled": True, "results": {}, "editorMode": "ace/mode/python"},
        "settings": {"params": {}, "forms": {}},
        "results": {"code": "SUCCESS", "msg": [{"type": "TEXT", "data": "an old result\n"}]},
        "apps": [],
        "runtimeInfos": {},
        "progressUpdateIntervalMs": 500,
        "jobName": "paragraph_1578387700849_2035279674",
        "id": "20180530-101118_380906698",
        "dateCreated": "2020-01-07 17:01:40.849",
        "dateStarted": "2021-07-26 04:33:49.929",
        "dateFinished": "2021-07-26 04:33:49.938",
        "status": "FINISHED",
    } | changes


def note(*paragraphs: str | dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    """A note of these texts."""
    entries = [entry if isinstance(entry, dict) else paragraph(entry) for entry in paragraphs]
    return {
        "paragraphs": entries, "name": "A note", "id": "2EWM84JXA", "defaultInterpreterGroup": "spark", "version": "0.10.1",
        "noteParams": {}, "noteForms": {}, "angularObjects": {}, "config": {}, "info": {},
    } | changes  # fmt: skip


def note_of(*paragraphs: str | dict[str, Any] | None, **changes: Any) -> bytes:
    return json.dumps(note(*paragraphs, **changes)).encode()
