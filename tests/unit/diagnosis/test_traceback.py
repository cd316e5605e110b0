"""What a traceback says was raised."""

from __future__ import annotations

import pytest

from chalicelib.diagnosis import traceback
from chalicelib.diagnosis.facts import Facts
from chalicelib.diagnosis.rules import diagnose
from tests.unit.diagnosis.cases import PANDAS, THROUGH_PY4J, THROUGH_SOCKET

COMMENT = """---------------------------------------------------------------------------
ZeroDivisionError                         Traceback (most recent call last)
Cell In[2], line 5
      1 def mean(x):
      2     # keeps a MemoryError away: no list is copied
      3     return sum(x) / len(x)
      4
----> 5 mean(rows)

Cell In[2], line 3, in mean(x)
      1 def mean(x):
      2     # keeps a MemoryError away: no list is copied
----> 3     return sum(x) / len(x)

ZeroDivisionError: division by zero"""
CONTEXT = """---------------------------------------------------------------------------
ZeroDivisionError                         Traceback (most recent call last)
Cell In[2], line 3
      1 try:
      2     rate = 10 / limit
----> 3 except FileNotFoundError:
      4     rate = 0

ZeroDivisionError: division by zero"""
FROM_A_MISSING_FILE = """FileNotFoundError                         Traceback (most recent call last)
Cell In[1], line 2
      1 try:
----> 2     open("input.csv")

FileNotFoundError: [Errno 2] No such file or directory: 'input.csv'

{separator}

ValueError                                Traceback (most recent call last)
Cell In[1], line 4
----> 4     raise ValueError("no input")

ValueError: no input"""
CAUSED = "The above exception was the direct cause of the following exception:"
HANDLED = "During handling of the above exception, another exception occurred:"


@pytest.mark.parametrize(
    ("text", "raised"),
    [
        (COMMENT, "ZeroDivisionError: division by zero"),
        (CONTEXT, "ZeroDivisionError: division by zero"),
        (PANDAS, "KeyError: 'b'"),
        (COMMENT[COMMENT.index("      2     # keeps") :], "ZeroDivisionError: division by zero"),
        ("ValueError: two\nlines", "ValueError: two\nlines"),
    ],
)
def test_source_that_is_quoted_was_not_raised(text: str, raised: str) -> None:
    assert traceback.last_raised(text) == raised


def test_the_source_in_a_workers_traceback_was_not_raised_either() -> None:
    text = 'Traceback:\n  File "x.py", line 2, in f\n    # MemoryError\n    return 1 / 0\nZeroDivisionError: division'
    assert "MemoryError" not in traceback.without_source(text)
    assert "ZeroDivisionError: division" in traceback.without_source(text)


@pytest.mark.parametrize(("text", "kind"), [(COMMENT, "notebook_error"), (CONTEXT, "notebook_error")])
def test_nothing_is_concluded_from_comments_and_handlers_near_the_line(text: str, kind: str) -> None:
    reported = {"cell": 2, "error": "ZeroDivisionError", "message": "division by zero", "traceback": text}
    diagnosis = diagnose(Facts("FAILED", reported=reported))
    assert diagnosis
    assert diagnosis.kind == kind


@pytest.mark.parametrize(("separator", "kind"), [(CAUSED, "missing_input"), (HANDLED, "notebook_error")])
def test_what_an_error_was_raised_from_counts_and_what_was_handled_does_not(separator: str, kind: str) -> None:
    text = FROM_A_MISSING_FILE.format(separator=separator)
    diagnosis = diagnose(
        Facts("FAILED", reported={"cell": 1, "error": "ValueError", "message": "no input", "traceback": text})
    )
    assert diagnosis
    assert diagnosis.kind == kind


def test_a_package_is_passed_through_only_where_a_frame_lies_in_it() -> None:
    assert traceback.passes_through(THROUGH_PY4J, "py4j")
    assert not traceback.passes_through(THROUGH_SOCKET, "py4j")
    assert not traceback.passes_through(CONTEXT.replace("rate = 0", "import /py4j/"), "py4j")
