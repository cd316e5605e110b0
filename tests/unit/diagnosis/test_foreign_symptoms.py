"""Errors of notebooks that were written for another place, each with words of what to do."""

from __future__ import annotations

import pytest

from chalicelib.diagnosis.facts import Facts
from chalicelib.diagnosis.rules import diagnose

ELSEWHERE, OLD = "written_for_elsewhere", "python_2"


@pytest.mark.parametrize(
    ("error", "message", "kind", "said"),
    [
        ("NameError", "name 'dbutils' is not defined", ELSEWHERE, "dbutils.widgets by parameters"),
        ("NameError", "name 'displayHTML' is not defined", ELSEWHERE, "IPython.display.HTML"),
        ("ModuleNotFoundError", "No module named 'pyspark.dbutils'", ELSEWHERE, "spark.read"),
        ("ModuleNotFoundError", "No module named 'google.colab'", ELSEWHERE, "Remove the lines with google.colab"),
        ("ModuleNotFoundError", "No module named 'findspark'", ELSEWHERE, "Remove the lines with findspark"),
        ("ModuleNotFoundError", "No module named 'awsglue'", ELSEWHERE, "in place of GlueContext"),
        ("ModuleNotFoundError", "No module named 'awsglue.utils'; 'awsglue' is not a package", ELSEWHERE, "GlueContext"),
        ("ModuleNotFoundError", "No module named 'notebookutils'", ELSEWHERE, "Remove the lines with notebookutils"),
        ("ModuleNotFoundError", "No module named 'urllib2'", OLD, "2to3"),
        ("NameError", "name 'xrange' is not defined", OLD, "2to3"),
        ("AttributeError", "'dict' object has no attribute 'iteritems'", OLD, "2to3"),
        ("SyntaxError", "Missing parentheses in call to 'print'. Did you mean print(...)? (1.py, line 1)", OLD, "2to3"),
        ("SyntaxError", "multiple exception types must be parenthesized (1.py, line 3)", OLD, "2to3"),
        ("StdinNotImplementedError", "raw_input was called.", "needs_somebody", "tagged parameters"),
        ("UsageError", "Cell magic `%%configure` not found.", ELSEWHERE, "Choose the kernel PySpark"),
        ("UsageError", "Line magic function `%fs` not found.", ELSEWHERE, "%%bash"),
        ("UsageError", "Line magic function `%md` not found.", ELSEWHERE, "%%bash"),
        ("UsageError", "Line magic function `%bigquery` not found (But cell magic `%%bigquery` exists).", ELSEWHERE, "%load_ext"),
        ("UsageError", "Cell magic `%%my-magic` not found.", ELSEWHERE, "%load_ext"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/Users/ada/bin/spark-submit'", ELSEWHERE, "SPARK_HOME"),
    ],
)  # fmt: skip
def test_an_error_of_another_place_gets_a_word(error: str, message: str, kind: str, said: str) -> None:
    diagnosis = diagnose(Facts("FAILED", reported={"cell": 2, "error": error, "message": message}))
    assert diagnosis
    assert (diagnosis.kind, diagnosis.side) == (kind, "notebook")
    assert said in diagnosis.next_step
    assert "{" not in diagnosis.summary + diagnosis.paragraph + diagnosis.next_step


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("ValueError", "name 'dbutils' is not defined"),
        ("ValueError", "No module named 'google.colab.x' said the server"),
        ("NameError", "name 'x' is not defined"),
        ("NameError", "free variable 'x' referenced before assignment"),
        ("ModuleNotFoundError", "No module named 'seaborn'"),
        ("ModuleNotFoundError", "No module named 'awsgluey'"),
        ("ImportError", "cannot import name 'x' from 'y'"),
        ("SyntaxError", "invalid syntax"),
        ("FileNotFoundError", "[Errno 2] No such file or directory: 'flights.csv'"),
        ("UsageError", "the following arguments are required: name"),
        ("ShellFailed", ""),
    ],
)
def test_others_get_none(error: str, message: str) -> None:
    diagnosis = diagnose(Facts("FAILED", reported={"cell": 2, "error": error, "message": message}))
    assert diagnosis
    assert diagnosis.kind not in (ELSEWHERE, OLD, "needs_somebody")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("from google.colab import drive", ELSEWHERE),
        ("from google.cloud import bigquery", "missing_module"),
        ("", "missing_module"),
    ],
)
def test_of_a_missing_package_the_line_says_which_part(line: str, kind: str) -> None:
    reported = {
        "cell": 1,
        "line": 1,
        "code": line,
        "error": "ModuleNotFoundError",
        "message": "No module named 'google'",
    }
    diagnosis = diagnose(Facts("FAILED", reported=reported))
    assert diagnosis
    assert diagnosis.kind == kind


@pytest.mark.parametrize(("error", "kind"), [("PySparkRuntimeError", ELSEWHERE), ("ValueError", "notebook_error")])
def test_java_of_another_machine_is_named_by_sparks_own_scripts(error: str, kind: str) -> None:
    log = "/usr/lib/spark/bin/spark-class: line 71: /Library/Java/jdk8/bin/java: No such file or directory"
    message = "[JAVA_GATEWAY_EXITED] Java gateway process exited before sending its port number."
    reported = {"cell": 1, "error": error, "message": message if kind == ELSEWHERE else "no reading"}
    diagnosis = diagnose(Facts("FAILED", reported=reported, log=log))
    assert diagnosis
    assert diagnosis.kind == kind
    assert ("/Library/Java/jdk8/bin/java" in diagnosis.paragraph) == (kind == ELSEWHERE)
