"""What counts as a notebook, and that reading a hostile one cannot take all memory."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.limits import MEGABYTE
from chalicelib.notebooks import formats as notebook_format
from chalicelib.notebooks.formats import LARGEST, LARGEST_DIRECT, MAX_MEMORY, memory, refuse
from tests.support.uploads import notebook

CELL: dict[str, Any] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "source": "1"}


def written(**changes: Any) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [CELL]} | changes).encode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (notebook("1"), ""),
        (written(cells=[]), ""),
        (b"\xef\xbb\xbf" + notebook("1"), ""),
        (notebook("ä").decode().encode("utf-16"), ""),
        (written(nbformat=3), ""),
        (written(nbformat=5), "is of notebook format 5, which is newer"),
        (written(cells={}), "it has no cells. Save it from Jupyter again."),
        (written(cells=[CELL, {"cell_type": "code", "source": None}]), "its cell 2 has no text"),
        (written(cells=[CELL | {"source": [1]}]), "its cell 1 has no text"),
        (written(metadata={"language_info": {"name": "R"}}), "a.ipynb is written in R; only Python notebooks are run"),
        (written(metadata={"kernelspec": {"name": "scala212", "language": "scala"}}), "a.ipynb is written in Scala"),
        (b"[" * 100_000, "is not JSON"),
        (b"", "a.ipynb is empty."),
        (b" " * (LARGEST + 1), "up to 50 MB are accepted. Clear its outputs and try again."),
    ],
)
def test_what_is_no_notebook_is_refused_with_what_to_do(content: bytes, sentence: str) -> None:
    refusal = refuse("a.ipynb", content)
    assert sentence in refusal if sentence else not refusal


def test_what_goes_with_the_form_has_its_own_limit() -> None:
    large = notebook("1", padding=LARGEST_DIRECT)
    assert "up to 4 MB are accepted this way" in refuse("a.ipynb", large, LARGEST_DIRECT)
    assert refuse("a.ipynb", large) == ""


@pytest.mark.parametrize("part", [b"[],", b"{},", b"1,", b'"ab",', b'{"a":1},'])
def test_millions_of_values_are_refused_before_they_are_read(part: bytes) -> None:
    content = b'{"nbformat":4,"cells":[' + part * (LARGEST // 2 // len(part)) + b"0]}"
    assert "has too many values" in refuse("a.ipynb", content)


def test_brackets_and_commas_in_texts_are_no_values() -> None:
    lines = "[1, {2, 3}], " * 2_000_000
    content = notebook(lines[:10], padding=1).replace(b'"x"', json.dumps(lines).encode())
    assert len(content) > 20 * MEGABYTE
    assert notebook_format._weight(content) > MAX_MEMORY
    assert memory(content) < MEGABYTE
    assert refuse("a.ipynb", content) == ""


@given(
    st.recursive(st.integers() | st.text('a",[{\\é'), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
)
def test_the_estimate_looks_past_every_string(values: Any) -> None:
    content = json.dumps(values, ensure_ascii=False).encode()
    bare = bytes(notebook_format._bare(content)) if b'"' in content else content
    lists, objects, commas = count(values)
    assert (bare.count(b"["), bare.count(b"{"), bare.count(b",")) == (lists, objects, commas)


def count(value: Any) -> tuple[int, int, int]:
    """How many lists, objects and commas between values there are."""
    if not isinstance(value, (list, dict)):
        return 0, 0, 0
    inner = [count(item) for item in (value.values() if isinstance(value, dict) else value)]
    lists, objects, commas = (sum(column) for column in zip(*inner, strict=True)) if inner else (0, 0, 0)
    return lists + isinstance(value, list), objects + isinstance(value, dict), commas + max(0, len(value) - 1)
