"""What changed from one notebook to another, cell by cell. Pure; outputs and metadata are no change.

Cells that are equal are found first; between them, cells that resemble each other are one cell that was changed, and the
rest was removed or added. Paragraphs of Zeppelin notes are cells as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chalicelib.notebooks import formats, zeppelin
from chalicelib.notebooks.likeness import similar_pairs
from chalicelib.notebooks.matching import Budget, equal_pairs

MAX_COMPARISONS = 1_000_000
"""Of lines or cells with each other in one difference; beyond it, what is left counts as replaced."""
MAX_LIKENESSES = 5_000
"""Pairs of cells of which it is found out how much they resemble each other; beyond it they go by their order."""
MAX_LINES, MAX_CELL_LINES, MAX_FOLDED = 100_000, 5_000, 400
"""Lines that are read of all cells together and of one cell, and shown of one; the rest is left out."""
MAX_SHOWN_LINES = 4_000
"""Lines that are shown of a difference."""


@dataclass(frozen=True)
class Cell:
    """`kind` is code, markdown or raw, or paragraph in a Zeppelin note."""

    kind: str
    source: str


@dataclass(frozen=True)
class Line:
    """`sign` is "+" for an added line, "-" for a removed one, " " for one that stayed, "…" for some that are left out."""

    sign: str
    text: str


@dataclass(frozen=True)
class Change:
    """What became of a cell; `before` and `after` are its places, from 1, None where it is not there."""

    what: Literal["same", "added", "removed", "changed"]
    kind: str
    before: int | None
    after: int | None
    lines: tuple[Line, ...]


def cells_of(content: bytes) -> list[Cell]:
    """The cells of a notebook, or the paragraphs of a note, that was checked."""
    if zeppelin.is_note(content):
        return [Cell("paragraph", text) for text in zeppelin.texts(content)]
    return [Cell(cell["cell_type"], cell["source"]) for cell in formats.cells(content)]


def diff(before: Sequence[Cell], after: Sequence[Cell]) -> list[Change]:
    """Every cell of both, in order; of a changed cell all lines of both. The work is bounded, whatever the cells are."""
    comparisons, likenesses = Budget(MAX_COMPARISONS), Budget(MAX_LIKENESSES)
    pairs: list[tuple[int | None, int | None]] = []
    i = j = 0
    for one, other in [*equal_pairs(before, after, comparisons), (len(before), len(after))]:
        pairs += _paired(before, after, range(i, one), range(j, other), likenesses)
        if one < len(before):
            pairs.append((one, other))
        i, j = one + 1, other + 1
    lines = Budget(MAX_LINES)
    return [_change(before, after, old, new, comparisons, lines) for old, new in pairs]


def _paired(
    before: Sequence[Cell], after: Sequence[Cell], old: range, new: range, budget: Budget
) -> list[tuple[int | None, int | None]]:
    """The cells of a block that has no equal ones: pairs that resemble each other most, in order, and the rest alone."""
    pairs: list[tuple[int | None, int | None]] = []
    i, j = old.start, new.start
    for one, other in [*similar_pairs(before, after, old, new, budget), (old.stop, new.stop)]:
        pairs += [(gone, None) for gone in range(i, one)] + [(None, came) for came in range(j, other)]
        if one < old.stop and other < new.stop:
            pairs.append((one, other))
        i, j = one + 1, other + 1
    return pairs


def _change(
    before: Sequence[Cell], after: Sequence[Cell], i: int | None, j: int | None, comparisons: Budget, lines: Budget
) -> Change:
    old = before[i].source if i is not None else None
    new = after[j].source if j is not None else None
    kind = (after[j] if j is not None else before[i or 0]).kind
    what: Literal["same", "added", "removed", "changed"]
    if old is None:
        what = "added"
    elif new is None:
        what = "removed"
    else:
        what = "same" if old == new else "changed"
    places = (None if i is None else i + 1, None if j is None else j + 1)
    shown = _lines(_split(old or "", lines), _split(new or "", lines), what, comparisons)
    return Change(what, kind, *places, tuple(shown))


def _split(text: str, budget: Budget) -> list[str]:
    """The lines of a cell, as far as they are read."""
    most = MAX_CELL_LINES if budget.left > 0 else MAX_FOLDED
    lines = text.split("\n", most)[:most]
    budget.allows(min(len(lines), budget.left))
    return lines


def _lines(old: list[str], new: list[str], what: str, budget: Budget) -> list[Line]:
    if what == "same":
        return [Line(" ", text) for text in new]
    if what == "added":
        return [Line("+", text) for text in new]
    if what == "removed":
        return [Line("-", text) for text in old]
    lines: list[Line] = []
    i = j = 0
    for one, other in [*equal_pairs(old, new, budget), (len(old), len(new))]:
        lines += [Line("-", text) for text in old[i:one]] + [Line("+", text) for text in new[j:other]]
        lines += [Line(" ", text) for text in new[other : other + 1]]
        i, j = one + 1, other + 1
    return lines


def first(changes: Sequence[Change], most: int = MAX_SHOWN_LINES) -> list[Change]:
    """As many of the changes as have no more lines in all, when each is folded."""
    shown, left = [], most
    for change in changes:
        left -= 1 if change.what == "same" else min(len(change.lines), MAX_FOLDED)
        if left < 0:
            break
        shown.append(change)
    return shown


def folded(change: Change, around: int = 3, longest: int = MAX_FOLDED) -> list[Line]:
    """The lines to show: of a changed cell those near a change, and never more than `longest`."""
    lines = list(change.lines)
    if change.what == "changed":
        near = {
            place for at, line in enumerate(lines) if line.sign != " " for place in range(at - around, at + around + 1)
        }
        lines = [line for line in _marked(lines, near) if line]
    return lines if len(lines) <= longest else [*lines[:longest], Line("…", "")]


def _marked(lines: list[Line], near: set[int]) -> list[Line | None]:
    """Each run of lines that are not near a change as one "…"."""
    return [
        line if at in near else Line("…", "") if at == 0 or at - 1 in near else None for at, line in enumerate(lines)
    ]


def counts(changes: Sequence[Change]) -> dict[str, int]:
    """How many cells were added, removed, changed and stayed the same."""
    numbers = Counter(change.what for change in changes)
    return {word: numbers[word] for word in ("added", "removed", "changed", "same")}
