"""What the runner reports of how a run ended: outcome.json (emr/outcome.py). Pure.

The notebook's code runs beside the runner and can write the file as well, so nothing of it is taken on trust.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TEXTS = ("status", "cell_id", "code", "error", "message", "traceback", "started_at", "finished_at")
NUMBERS = ("cell", "line", "cells_not_run", "oom_kills")
LISTS = ("repairs", "not_uploaded")
OBJECTS = ("spark",)
OF_SPARK = ("seconds", "busy_core_seconds", "cores_per_worker", "workers", "memory_share")
MAX_NUMBER = 1_000_000
MAX_OF_SPARK = 10**9
MAX_TEXT = 50_000
"""Characters of a text; the runner itself writes fewer."""


def parse(body: bytes) -> dict[str, Any] | None:
    """The members of the outcome that are what they should be; None for what is no JSON object at all."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return {name: value for name, value in document.items() if _is_sound(name, value)} | {
        name: document[name][:MAX_TEXT] for name in TEXTS if isinstance(document.get(name), str)
    }


def _is_sound(name: str, value: Any) -> bool:
    if name in NUMBERS:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_NUMBER
    return (name in LISTS and isinstance(value, list)) or (name in OBJECTS and isinstance(value, dict))


def spark_use(outcome: Mapping[str, Any] | None) -> dict[str, float] | None:
    """What Spark used of the cluster (emr/spark_use.py): five numbers, or None where that is not known."""
    reported = (outcome or {}).get("spark", {})
    known = {name: reported.get(name) for name in OF_SPARK}
    if not all(isinstance(value, int | float) and not isinstance(value, bool) for value in known.values()):
        return None
    return known if all(0 <= value <= MAX_OF_SPARK for value in known.values()) else None  # neither of NaN holds
