"""Which elements two sequences have in common, in order, by work that is bounded whatever they are. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Pair = tuple[int, int]


@dataclass
class Budget:
    """How many comparisons are left for the whole of a task."""

    left: int

    def allows(self, count: int) -> bool:
        """Whether so many may be made, which takes them off."""
        if count > self.left:
            return False
        self.left -= count
        return True


def equal_pairs(before: Sequence[Hashable], after: Sequence[Hashable], budget: Budget) -> list[Pair]:
    """Pairs of places, rising on both sides, at which the two are equal: as many as can be, within the budget.

    What both begin and end with is paired first, then what is in each of them once; between such, the longest common
    subsequence, or nothing where that would take more than is left.
    """
    numbers: dict[Hashable, int] = {}
    one, other = ([numbers.setdefault(element, len(numbers)) for element in side] for side in (before, after))
    head = _common(one, other)
    tail = _common(one[head:][::-1], other[head:][::-1])
    ends = (len(one) - tail, len(other) - tail)
    anchors = [(head - 1, head - 1), *_anchors(one, other, (head, head), ends), ends]
    pairs = [(at, at) for at in range(head)]
    for (i, j), (until_i, until_j) in pairwise(anchors):
        pairs += _between(one, other, (i + 1, j + 1), (until_i, until_j), budget)
        if (until_i, until_j) != ends:
            pairs.append((until_i, until_j))
    return pairs + [(ends[0] + at, ends[1] + at) for at in range(tail)]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many elements both begin with."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _anchors(one: Sequence[int], other: Sequence[int], start: Pair, end: Pair) -> list[Pair]:
    """The longest rising run of what each side has once."""
    mine, theirs = one[start[0] : end[0]], other[start[1] : end[1]]
    once = {value for value, count in Counter(mine).items() if count == 1}
    once &= {value for value, count in Counter(theirs).items() if count == 1}
    places = {value: start[1] + at for at, value in enumerate(theirs) if value in once}
    return _rising([(start[0] + at, places[value]) for at, value in enumerate(mine) if value in once])


def _rising(pairs: list[Pair]) -> list[Pair]:
    """The longest part of these pairs, which rise on the left, that rises on the right as well."""
    smallest: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for at, (_, j) in enumerate(pairs):
        length = bisect_left(smallest, j)
        smallest[length : length + 1] = [j]
        ends[length : length + 1] = [at]
        before.append(ends[length - 1] if length else -1)
    return list(_backwards(pairs, before, ends[-1] if ends else -1))[::-1]


def _backwards(pairs: list[Pair], before: list[int], at: int) -> Iterator[Pair]:
    while at >= 0:
        yield pairs[at]
        at = before[at]


def _between(one: Sequence[int], other: Sequence[int], start: Pair, end: Pair, budget: Budget) -> list[Pair]:
    rows, columns = end[0] - start[0], end[1] - start[1]
    if rows <= 0 or columns <= 0 or not budget.allows(rows * columns):
        return []
    longest = [[0] * (columns + 1) for _ in range(rows + 1)]
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            equal = one[start[0] + i] == other[start[1] + j]
            longest[i][j] = longest[i + 1][j + 1] + 1 if equal else max(longest[i + 1][j], longest[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        if one[start[0] + i] == other[start[1] + j]:
            pairs.append((start[0] + i, start[1] + j))
            i, j = i + 1, j + 1
        elif longest[i + 1][j] >= longest[i][j + 1]:
            i += 1
        else:
            j += 1
    return pairs
