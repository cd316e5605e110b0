"""Numbers and moments in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from chalicelib.core.limits import MEGABYTE


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def times(count: int) -> str:
    """Such as "never", "once" or "three times"."""
    return {0: "never", 1: "once", 2: "twice", 3: "three times"}.get(count, f"{count} times")


def one_of(words: Iterable[object]) -> str:
    """Words to choose from: latest, all or skip."""
    *others, last = map(str, words)
    return f"{', '.join(others)} or {last}" if others else last


def megabytes(count: int) -> str:
    """A limit of bytes: 50 MB."""
    return f"{count / MEGABYTE:.0f} MB"


def hours(span: timedelta) -> str:
    """The whole hours of a span, such as "1 hour"."""
    return plural(span // timedelta(hours=1), "hour")


def one_line(text: str, max_length: int = 300) -> str:
    """The text on one line, cut to a length with an ellipsis; for lists, where a stack would hide everything else."""
    line = " ".join(text.split())
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"
