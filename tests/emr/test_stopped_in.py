"""Where and with what a notebook stopped, from IPython's traceback."""

from __future__ import annotations

import nbformat
import outcome
import pytest
from nbclient.exceptions import CellExecutionError


@pytest.mark.parametrize(
    ("traceback", "source", "line"),
    [
        ("Cell In[2], line 3\n", "a\n\nb", 3),
        ("Cell In[2], line 1\nFile lib.py:3812, in get\nCell In[1], line 9\n", "a", 1),
        ("Cell In[2], line 1, in <module>\nCell In[2], line 4, in f\n", "a\nb\nc\nd", 4),
        ("Cell In[2], line 1\n", "\n  \nx", 3),
        ("  Cell In[2], line 1\n    print 1\n    ^\nSyntaxError: ", "print 1", 1),
        ("Cell In[2], line 1\n----> 1 get_ipython()\nFile <timed exec>:2\n", "%%time\na\nb", 3),
        ("Cell In[2], line 7\n", "a", None),
        ("Cell In[12], line 1\n", "a", None),
        ("", "a", None),
    ],
)
def test_the_line_of_the_cell(traceback: str, source: str, line: int | None) -> None:
    assert outcome.line_of(traceback, 2, source) == line


@pytest.mark.parametrize(
    ("error", "message", "traceback", "named"),
    [
        ("NoneType", "None", "Traceback\n\nFileNotFoundError: No file: 'x.png'", ("FileNotFoundError", "No file: 'x.png'")),
        ("NoneType", "None", "", ("NoneType", "None")),
        ("ValueError", "x: y", "KeyError: z", ("ValueError", "x: y")),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_shown_has_an_error_too(
    error: str, message: str, traceback: str, named: tuple[str, str]
) -> None:
    assert outcome.named(error, message, traceback) == named


@pytest.mark.parametrize("first", ["x = 'a\u2028b'", "x = 'a\x0cb'", "x = 1\r"])
def test_lines_are_those_that_python_counts(first: str) -> None:
    cell = nbformat.v4.new_code_cell(f"{first}\n1 / 0")
    cell.outputs = [
        nbformat.v4.new_output("error", ename="ZeroDivisionError", evalue="", traceback=["Cell In[1], line 2\n"])
    ]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    ended = outcome.stopped_in(notebook, cell, CellExecutionError("", "ZeroDivisionError", ""))
    assert (ended.line, ended.code) == (2, "1 / 0")
