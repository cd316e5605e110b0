"""Words for the errors that notebooks of other places raise, and the line at which a notebook stopped."""

from __future__ import annotations

import hints
import outcome
import pytest


@pytest.mark.parametrize(
    ("error", "message", "said"),
    [
        ("NameError", "name 'dbutils' is not defined", "dbutils exists only on Databricks"),
        ("NameError", "name 'displayHTML' is not defined", "exists only on Databricks"),
        ("ModuleNotFoundError", "No module named 'google.colab'", "only in Colab"),
        ("ModuleNotFoundError", "No module named 'findspark'", "not needed here"),
        ("ModuleNotFoundError", "No module named 'awsglue.utils'; 'awsglue' is not a package", "only in AWS Glue"),
        ("ModuleNotFoundError", "No module named 'urllib2'", "This is Python 2"),
        ("NameError", "name 'xrange' is not defined", "This is Python 2"),
        ("AttributeError", "'dict' object has no attribute 'iteritems'", "This is Python 2"),
        ("SyntaxError", "Missing parentheses in call to 'print'. Did you mean print(...)? (1.py, line 1)", "This is Python 2"),
        ("StdinNotImplementedError", "raw_input was called, but this frontend does not support input requests.", "Nobody answers"),
        ("UsageError", "Cell magic `%%configure` not found.", "to sparkmagic"),
        ("UsageError", "Line magic function `%fs` not found.", "exists only on Databricks"),
        ("UsageError", "Line magic function `%bigquery` not found (But cell magic `%%bigquery` exists).", "no such magic"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/Users/ada/spark/./bin/spark-submit'", "SPARK_HOME"),
    ],
)  # fmt: skip
def test_an_error_of_another_place_gets_a_word(error: str, message: str, said: str) -> None:
    assert said in (hints.hint(error, message, "") or "")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("ValueError", "name 'dbutils' is not defined"),
        ("NameError", "name 'x' is not defined"),
        ("NameError", "free variable 'x' referenced before assignment"),
        ("ModuleNotFoundError", "No module named 'seaborn'"),
        ("ImportError", "cannot import name 'x' from 'y'"),
        ("SyntaxError", "invalid syntax"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'flights.csv'"),
        ("UsageError", "the following arguments are required: name"),
        ("ShellFailed", ""),
    ],
)
def test_others_get_none(error: str, message: str) -> None:
    assert hints.hint(error, message, "") is None


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
