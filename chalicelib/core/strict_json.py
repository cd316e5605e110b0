"""JSON from outside, refused where what follows could not hold it: infinities, lone surrogates, endless nesting."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 50


def loads(text: str | bytes) -> Any:
    """The value of a JSON text that can be written again as JSON in UTF-8.

    Raises:
        ValueError: it is not JSON, or cannot be written again.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    check(value)
    return value


def check(value: Any) -> None:
    """Raises ValueError for a decoded value that is nested too deeply or cannot be written as JSON in UTF-8."""
    if _depth(value) > DEEPEST:
        raise ValueError("nested too deeply")
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def _depth(value: Any) -> int:
    """How deeply lists and objects are nested, without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, (list, dict))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if depth > DEEPEST:
            break
    return depth
