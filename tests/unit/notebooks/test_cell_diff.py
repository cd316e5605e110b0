"""What changed from one notebook to another."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.notebooks.cell_diff import Cell, Change, Line, cells_of, counts, diff, folded

CELLS = st.lists(st.builds(Cell, st.sampled_from(["code", "markdown"]), st.text("ab \n", max_size=6)), max_size=7)


def code(*sources: str) -> list[Cell]:
    return [Cell("code", source) for source in sources]


def said(changes: list[Change]) -> list[tuple[str, int | None, int | None]]:
    return [(change.what, change.before, change.after) for change in changes]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (code(), code(), []),
        (code("a = 1"), code("a = 1"), [("same", 1, 1)]),
        (code("a = 1"), code("a = 2"), [("changed", 1, 1)]),
        (code("a = 1"), code("import os", "a = 1"), [("added", None, 1), ("same", 1, 2)]),
        (code("a = 1", "print(a)"), code("print(a)"), [("removed", 1, None), ("same", 2, 1)]),
        (code("import os"), code("frame.show(5)"), [("removed", 1, None), ("added", None, 1)]),
        (code("a = 1"), [Cell("markdown", "a = 1")], [("removed", 1, None), ("added", None, 1)]),
        (code("x = spark.read(a)", "import os"), code("import sys", "x = spark.read(b)"),
         [("added", None, 1), ("changed", 1, 2), ("removed", 2, None)]),
    ],
)  # fmt: skip
def test_cells_are_added_removed_changed_or_the_same(
    before: list[Cell], after: list[Cell], expected: list[tuple[str, int | None, int | None]]
) -> None:
    assert said(diff(before, after)) == expected


@given(CELLS, CELLS)
def test_both_notebooks_can_be_read_from_the_difference(before: list[Cell], after: list[Cell]) -> None:
    changes = diff(before, after)
    for cells, sign, place in ((before, "-", "before"), (after, "+", "after")):
        there = [change for change in changes if getattr(change, place)]
        assert [getattr(change, place) for change in there] == list(range(1, len(cells) + 1))
        assert ["\n".join(line.text for line in change.lines if line.sign in (" ", sign)) for change in there] == [
            cell.source for cell in cells
        ]
    assert sum(counts(changes).values()) == len(changes)


@given(CELLS)
def test_a_notebook_does_not_differ_from_itself(cells: list[Cell]) -> None:
    assert {change.what for change in diff(cells, cells)} <= {"same"}


def test_lines_far_from_a_change_are_left_out() -> None:
    before = "\n".join(f"line {number}" for number in range(20))
    (change,) = diff(code(before), code(before.replace("line 10", "line ten")))
    assert [f"{line.sign}{line.text}" for line in folded(change, around=1)] == [
        "…", " line 9", "-line 10", "+line ten", " line 11", "…",
    ]  # fmt: skip
    (added,) = diff([], code(before))
    assert folded(added, longest=2) == [Line("+", "line 0"), Line("+", "line 1"), Line("…", "")]


def test_outputs_are_no_change_and_paragraphs_are_cells() -> None:
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": [], "source": ["a = 1\n", "a"]}
    plain, run = ({"nbformat": 4, "cells": [cell | {"outputs": outputs}]} for outputs in ([], [{"text": "1"}]))
    assert cells_of(json.dumps(plain).encode()) == cells_of(json.dumps(run).encode()) == code("a = 1\na")
    note = {"paragraphs": [{"text": "%md\n# Title", "results": {}}, {}]}
    assert cells_of(json.dumps(note).encode()) == [Cell("paragraph", "%md\n# Title"), Cell("paragraph", "")]


def test_very_many_and_very_long_cells_are_compared_by_their_order() -> None:
    many = code(*(f"a{number} = {number}" for number in range(3000)))
    others = code(*(f"b{number} = {number}" for number in range(3000)))
    long = code("\n".join("x" for _ in range(50_000)), "end")
    assert len(diff(many, others)) >= 3000
    assert diff(long, code("\n".join("x" for _ in range(50_001)), "end"))[0].what == "changed"
