"""JSON from outside, refused where what follows could not hold it: infinities, lone surrogates, endless nesting."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 50


class NamedTwice(ValueError):
    """An object has this name twice: which of them counts differs from reader to reader."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is named twice")
        self.name = name


def loads(text: str | bytes, names_once: bool = False) -> Any:
    """The value of a JSON text that can be written again as JSON in UTF-8.

    Raises:
        NamedTwice: with `names_once`, an object has a name twice.
        ValueError: it is not JSON, or cannot be written again.
    """
    try:
        value = json.loads(text, object_pairs_hook=_once if names_once else None)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    check(value)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in pairs:
        if name in made:
            raise NamedTwice(name)
        made[name] = value
    return made


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
