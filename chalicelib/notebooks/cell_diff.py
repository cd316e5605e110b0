"""What changed from one notebook to another, cell by cell. Pure; outputs and metadata are no change.

Cells that are equal are found first; between them, cells that resemble each other are one cell that was changed, and the
rest was removed or added. Paragraphs of Zeppelin notes are cells as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import islice
from typing import Literal

from chalicelib.notebooks import formats, zeppelin

ALIKE = 0.5
"""From this share of common words on, two cells are one that was changed."""
LARGEST_BLOCK = 10_000
"""Pairs of cells that are compared with each other between two equal cells; beyond it they go by their order."""
LONGEST_CELL = 2_000
"""Lines up to which a cell is compared line by line."""


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
    """Every cell of both, in order; of a changed cell all lines of both."""
    found: list[Change] = []
    for word, i, until_i, j, until_j in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if word == "equal":
            pairs: list[tuple[int | None, int | None]] = list(zip(range(i, until_i), range(j, until_j), strict=True))
        else:
            pairs = _paired(before, after, range(i, until_i), range(j, until_j))
        found += [_change(before, after, old, new) for old, new in pairs]
    return found


def _paired(
    before: Sequence[Cell], after: Sequence[Cell], old: range, new: range
) -> list[tuple[int | None, int | None]]:
    """The cells of a block that has no equal ones: pairs that resemble each other most, in order, and the rest alone."""
    pairs: list[tuple[int | None, int | None]] = []
    i, j = old.start, new.start
    for one, other in [*_alike(before, after, old, new), (old.stop, new.stop)]:
        pairs += [(gone, None) for gone in range(i, one)] + [(None, came) for came in range(j, other)]
        if one < old.stop and other < new.stop:
            pairs.append((one, other))
        i, j = one + 1, other + 1
    return pairs


def _alike(before: Sequence[Cell], after: Sequence[Cell], old: range, new: range) -> list[tuple[int, int]]:
    """The pairs, rising on both sides, whose likeness adds up to the most."""
    if len(old) * len(new) > LARGEST_BLOCK:
        return [(i, j) for i, j in zip(old, new, strict=False) if _likeness(before[i], after[j]) >= ALIKE]
    best: list[list[float]] = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    likeness = [[_likeness(before[i], after[j]) for j in new] for i in old]
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


def _likeness(one: Cell, other: Cell) -> float:
    """0 to 1: the share of words that both have. Cells of different kinds have nothing in common."""
    if one.kind != other.kind:
        return 0.0
    words, others = (Counter(islice(re.findall(r"\w+|[^\w\s]", cell.source), 5000)) for cell in (one, other))
    total = words.total() + others.total()
    return 2 * (words & others).total() / total if total else 1.0


def _change(before: Sequence[Cell], after: Sequence[Cell], i: int | None, j: int | None) -> Change:
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
    return Change(what, kind, *places, tuple(_lines((old or "").split("\n"), (new or "").split("\n"), what)))


def _lines(old: list[str], new: list[str], what: str) -> list[Line]:
    if what == "same":
        return [Line(" ", text) for text in new]
    if what == "added":
        return [Line("+", text) for text in new]
    if what == "removed":
        return [Line("-", text) for text in old]
    if max(len(old), len(new)) > LONGEST_CELL:
        return [Line("-", text) for text in old] + [Line("+", text) for text in new]
    found: list[Line] = []
    for word, i, until_i, j, until_j in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word == "equal":
            found += [Line(" ", text) for text in new[j:until_j]]
        else:
            found += [Line("-", text) for text in old[i:until_i]] + [Line("+", text) for text in new[j:until_j]]
    return found


def folded(change: Change, around: int = 3, longest: int = 400) -> list[Line]:
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
    found = Counter(change.what for change in changes)
    return {word: found[word] for word in ("added", "removed", "changed", "same")}
