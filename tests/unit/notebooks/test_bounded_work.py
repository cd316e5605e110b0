"""No notebook that is accepted makes its page or its differences take long: the worst cell, as many times as there is room.

API Gateway gives a page 29 s of time; the processor time allowed here leaves room for a slower machine and for all else.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.notebooks import cell_diff, markdown, preview
from chalicelib.notebooks.cell_diff import Cell, diff, first, folded

BUDGET = 12.0
"""Seconds of the processor. What this test was made for took minutes."""
PIECES = [
    '"\\', '"', "'", '"""', "'''", '\\"""', "/*", "--", "%\n", " \t", "1_", "('a',1)", "![", "*[", "[", "a|b\n-|-\n", "[a][",
    "![a](b", "<![CDATA[", "|-|\n", "[`", "- a\n  ", "<a ", "<b>", "</b>", "<div>\n", "<!--", "<a href='", "$", "$a", "$$ ", "\\$",
    "<img src=x>", "&#", "> ", "`", "~~", "***a_", "<script>", "é\u2028",
]  # fmt: skip


def notebook(kind: str, sources: list[str]) -> bytes:
    cells = [{"cell_type": kind, "metadata": {}, "source": source, "outputs": []} for source in sources]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}).encode()


def took(work: Callable[[], Any]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def show(content: bytes) -> None:
    assert sum(len(cell.html) for cell in preview.first(preview.shown(content))) <= preview.LARGEST_SHOWN


def worst_cell(kind: str, piece: str) -> preview.Cell:
    return preview.Cell(kind, 1, (piece * markdown.MAX_LENGTH)[: markdown.MAX_LENGTH])


def whole_page(kind: str, piece: str) -> float:
    """What a page of such cells takes, by what one takes: the least of three, as one alone takes too short a time for others not to
    disturb it."""
    cells = [worst_cell(kind, piece) for _ in range(3)]
    return min(took(partial(getattr, cell, "html")) for cell in cells) * preview.MAX_EFFORT / cells[0].effort


@pytest.mark.parametrize("kind", ["code", "markdown"])
@pytest.mark.parametrize("piece", PIECES)
def test_cells(kind: str, piece: str) -> None:
    assert whole_page(kind, piece) < BUDGET


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(["code", "markdown"]), st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join))
def test_mixtures(kind: str, piece: str) -> None:
    assert whole_page(kind, piece) < BUDGET


@pytest.mark.parametrize(("kind", "piece"), [("code", '"\\'), ("markdown", "![")])
def test_pages(kind: str, piece: str) -> None:
    assert took(lambda: show(notebook(kind, [worst_cell(kind, piece).source] * 60))) < BUDGET


@pytest.mark.parametrize("source", ["", "x", "# x"])
def test_pages_of_very_many_cells(source: str) -> None:
    assert took(lambda: show(notebook("code", [source] * 50_000))) < BUDGET


def lines(count: int, letters: str = "ab") -> str:
    return "\n".join(random.choices(letters, k=count))


DIFFERENCES: dict[str, Callable[[], list[str]]] = {
    "empty cells": lambda: [""] * random.randint(9_000, 10_000),
    "cells of two kinds": lambda: random.choices("ab", k=10_000),
    "cells of the same words": lambda: [" ".join(random.choices("abcdefgh", k=500)) for _ in range(2_000)],
    "one endless cell": lambda: [lines(500_000)],
    "many long cells": lambda: ["x y z\n" + lines(2_000) for _ in range(600)],
    "lines that are all different": lambda: ["x y z\n" + "\n".join(map(str, random.sample(range(10**6), 4_000)))] * 20,
}


@pytest.mark.parametrize("sources", DIFFERENCES.values(), ids=DIFFERENCES)
def test_differences(sources: Callable[[], list[str]]) -> None:
    random.seed(7)
    before, after = ([Cell("code", source) for source in sources()] for _ in range(2))
    shown: list[cell_diff.Line] = []
    assert took(lambda: shown.extend(line for change in first(diff(before, after)) for line in folded(change))) < BUDGET
    assert len(shown) <= cell_diff.MAX_SHOWN_LINES + len(before)
