"""Which cells of two notebooks are one that was changed: those that have many words in common. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from chalicelib.notebooks.matching import Budget

ALIKE = 0.5
"""From this share of common words on, two cells are one that was changed."""
MAX_WORDS = 500
"""Words of a cell that its likeness to another is judged by."""


class HasText(Protocol):
    """A cell; `kind` is code, markdown or another."""

    @property
    def kind(self) -> str: ...
    @property
    def source(self) -> str: ...


def similar_pairs(
    before: Sequence[HasText], after: Sequence[HasText], old: range, new: range, budget: Budget
) -> list[tuple[int, int]]:
    """The pairs, rising on both sides, whose likeness adds up to the most."""
    ours, theirs = [_words(before[i]) for i in old], [_words(after[j]) for j in new]
    if not budget.allows(len(old) * len(new)):
        pairs = zip(old, new, ours, theirs, strict=False)
        return [(i, j) for i, j, one, other in pairs if _likeness(one, other) >= ALIKE]
    best: list[list[float]] = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[_likeness(one, other) for other in theirs] for one in ours]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            together = likeness[i][j] + best[i + 1][j + 1] if likeness[i][j] >= ALIKE else 0.0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    return list(_walk(best, old, new))


def _walk(best: list[list[float]], old: range, new: range) -> list[tuple[int, int]]:
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            pairs.append((old[i], new[j]))
            i, j = i + 1, j + 1
    return pairs


def _words(cell: HasText) -> tuple[str, Counter[str]]:
    """A cell's kind, and its first words, each with how often it is there."""
    words = re.finditer(r"\w+|[^\w\s]", cell.source[: MAX_WORDS * 20])
    return cell.kind, Counter(word.group() for word in islice(words, MAX_WORDS))


def _likeness(one: tuple[str, Counter[str]], other: tuple[str, Counter[str]]) -> float:
    """0 to 1: the share of words that both have. Cells of different kinds have nothing in common."""
    if one[0] != other[0]:
        return 0.0
    total = one[1].total() + other[1].total()
    return 2 * (one[1] & other[1]).total() / total if total else 1.0
