"""Why a run did not succeed: what is really written somewhere, and any text whatsoever."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import rendering
from chalicelib.diagnosis import rules
from chalicelib.diagnosis.facts import Facts
from chalicelib.diagnosis.symptoms import MAX_LINE, MAX_LINES, MAX_PARAGRAPH, SIDES
from tests.unit.diagnosis.cases import CLUSTER, LAUNCH, NOTEBOOK, OTHERWISE, PANDAS, WORKER

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def diagnosed(**known: Any) -> dict[str, Any]:
    diagnosis = rules.diagnose(Facts(**({"status": "FAILED"} | known)))
    assert diagnosis
    return diagnosis.record()


def check(record: dict[str, Any]) -> None:
    assert record["side"] in SIDES
    for part in ("kind", "summary", "paragraph", "next_step"):
        assert 0 < len(record[part]) <= MAX_PARAGRAPH
        assert record[part].isprintable(), record[part]
    assert len(record["summary"]) <= MAX_LINE
    assert len(record["evidence"]) <= MAX_LINES
    assert all(len(line["line"]) <= MAX_LINE and line["line"].strip() for line in record["evidence"])
    assert len(json.dumps(record).encode()) < 24_000, "it is kept on the record and in its indexes"


@pytest.mark.parametrize(("source", "known", "kind", "side"), CLUSTER + NOTEBOOK)
def test_what_is_really_written(source: str, known: dict[str, Any], kind: str, side: str) -> None:
    record = diagnosed(**known)
    assert (record["kind"], record["side"]) == (kind, side)
    assert record["evidence"], "something shows it"
    check(record)


@pytest.mark.parametrize(("source", "reason", "kind", "side"), LAUNCH)
def test_a_launch_that_was_refused(source: str, reason: str, kind: str, side: str) -> None:
    record = diagnosed(reason=reason, launched=False)
    assert (record["kind"], record["side"]) == (kind, side)
    assert record["evidence"] == [{"source": "emr", "line": reason}]


@pytest.mark.parametrize(("source", "known", "kind", "side"), CLUSTER)
def test_a_persons_cluster_gets_the_same_diagnosis_without_a_word_of_notebooks(
    source: str, known: dict[str, Any], kind: str, side: str
) -> None:
    record = rules.diagnose_cluster(known["message"], known["code"], known.get("error_code", "")).record()
    assert (record["kind"], record["side"]) == (kind, side)
    check(record)
    assert "notebook" not in json.dumps(record)
    assert "{" not in record["paragraph"] + record["next_step"]


@pytest.mark.parametrize(
    ("reason", "code", "kind"),
    [
        ("Cluster was idle for 8 hours.", "", "idle"),
        ("EMR refused the launch: The supplied ec2SubnetId is not valid.", "", "validation_error"),
        ("Something nobody has heard of", "", "stopped"),
        ("", "", "stopped"),
    ],
)
def test_how_else_a_persons_cluster_ends(reason: str, code: str, kind: str) -> None:
    record = rules.diagnose_cluster(reason, code).record()
    assert record["kind"] == kind
    check(record)
    assert "notebook" not in json.dumps(record)


def test_there_are_cases_enough() -> None:
    assert len(CLUSTER) + len(LAUNCH) + len(NOTEBOOK) >= 70


@pytest.mark.parametrize(("known", "kind", "side", "words"), OTHERWISE)
def test_how_else_a_run_ends(known: dict[str, Any], kind: str, side: str, words: str) -> None:
    record = diagnosed(**known)
    assert (record["kind"], record["side"]) == (kind, side)
    assert words in record["paragraph"]
    check(record)


@pytest.mark.parametrize("status", ["SUCCEEDED", "SKIPPED"])
def test_what_needs_no_diagnosis(status: str) -> None:
    assert rules.diagnose(Facts(status, log="java.lang.OutOfMemoryError", code="INTERNAL_ERROR")) is None


def test_an_ordinary_error_is_not_blamed_on_what_the_log_says_besides() -> None:
    log = "26/11/22 16:13:40 ERROR YarnScheduler: Lost executor 4 on ip-172-31-11-158: Slave lost"
    assert diagnosed(reported={"cell": 1, "error": "ValueError", "message": "x"}, log=log)["kind"] == "notebook_error"
    assert diagnosed(reported={"cell": 1, "error": "Py4JJavaError", "message": "x"}, log=log)["kind"] == "executor_lost"


def test_the_words_name_what_is_missing() -> None:
    path = "Path does not exist: s3://telemetry/2026-11-22/flights.parquet;"
    record = diagnosed(reported={"cell": 2, "error": "AnalysisException", "message": path})
    assert "Cell 2 reads s3://telemetry/2026-11-22/flights.parquet, but nothing is there." in record["paragraph"]
    record = diagnosed(reported={"cell": 1, "error": "ModuleNotFoundError", "message": "No module named 'pandera'"})
    assert record["summary"] == "The module pandera is not installed"


@pytest.mark.parametrize(
    ("where", "line"),
    [
        ({"line": 3, "code": 'frame["b"]'}, 'at line 3: frame["b"]'),
        ({"code": 'frame["b"]'}, 'at: frame["b"]'),
        ({"line": 3}, None),
        ({"line": "3", "code": "  x  "}, "at: x"),
        ({"line": 3, "code": 7}, None),
    ],
)
def test_the_line_is_the_one_that_the_runner_names(where: dict[str, Any], line: str | None) -> None:
    record = diagnosed(reported={"cell": 2, "error": "KeyError", "message": "'b'", "traceback": PANDAS} | where)
    assert [each["line"] for each in record["evidence"] if each["line"].startswith("at")] == ([line] if line else [])


def test_what_failed_on_a_worker_is_named_and_not_what_wraps_it() -> None:
    record = diagnosed(reported={"cell": 1, "error": "PythonException", "message": WORKER})
    assert "a function that ran on the workers" in record["paragraph"]
    assert "ZeroDivisionError: division by zero" in record["paragraph"]


def test_what_signs_a_request_is_not_passed_on() -> None:
    secret = "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Signature=feed0123"
    record = diagnosed(reported={"cell": 1, "error": "ValueError", "message": f"no answer from {secret}"})
    assert "feed0123" not in json.dumps(record)
    assert "AKIAIOSFODNN7EXAMPLE" not in json.dumps(record)


SPOT = "All slaves in the job flow were terminated due to Spot"
HEAP = "java.lang.OutOfMemoryError: Java heap space"
KEY = {"status": "FAILED", "cell": 2, "error": "KeyError", "message": "'b'"}
AFTER_PY4J = """KeyError                    Traceback (most recent call last)
Cell In[3], line 2
----> 2 spark.read.json(path)["b"]

File /opt/py/lib/python3.11/site-packages/py4j/java_gateway.py:438, in JavaMember.__call__(self)
--> 438     answer = self.gateway_client.send_command(command)

KeyError: 'b'"""
EMPTY_JAVA_SIDE = """Py4JNetworkError                    Traceback (most recent call last)
Cell In[3], line 2
----> 2 flights.count()

Py4JNetworkError: Answer from Java side is empty

The above exception was the direct cause of the following exception:

RuntimeError                    Traceback (most recent call last)
Cell In[3], line 4
----> 4 raise RuntimeError("no flights") from error

RuntimeError: no flights"""


@pytest.mark.parametrize(
    ("known", "kind"),
    [
        ({"reported": KEY, "code": "INSTANCE_FAILURE", "message": "The master node was terminated."}, "notebook_error"),
        ({"reported": KEY, "log": HEAP}, "notebook_error"),
        ({"reported": KEY | {"traceback": AFTER_PY4J}}, "notebook_error"),
        ({"reported": KEY | {"traceback": AFTER_PY4J}, "log": HEAP}, "notebook_error"),
        ({"reported": KEY | {"traceback": AFTER_PY4J.replace("py4j", "pyspark")}}, "notebook_error"),
        ({"reported": KEY | {"error": "Py4JJavaError", "message": HEAP}, "message": SPOT}, "driver_out_of_memory"),
        ({"reported": KEY | {"error": "RuntimeError", "traceback": EMPTY_JAVA_SIDE}}, "spark_stopped"),
        ({"reported": KEY | {"error": "RuntimeError", "traceback": EMPTY_JAVA_SIDE}, "log": HEAP}, "driver_out_of_memory"),
    ],
)  # fmt: skip
def test_what_an_error_says_and_what_else_is_known(known: dict[str, Any], kind: str) -> None:
    assert diagnosed(**known)["kind"] == kind


def test_a_cluster_that_was_not_ready_in_time_has_emrs_reason_where_there_is_one() -> None:
    known = {"status": "TIMED_OUT", "begun": False}
    assert "AWS may have had too few machines." in diagnosed(**known)["paragraph"]
    by_emr = diagnosed(**known, message="There is no Spot capacity available for this request.")
    assert "too few machines" not in by_emr["paragraph"]
    assert "AWS had no machines of the type" in by_emr["paragraph"]


@pytest.mark.parametrize(
    ("said", "lines"),
    [
        (("", "", ""), []),
        (("Something new", "", ""), ["Something new"]),
        (("Something new", "ODD", ""), ["ODD: Something new"]),
        (("Something new", "ODD", "ODDER_STILL"), ["ODDER_STILL: Something new"]),
        (("Something new", "", "ODDER_STILL"), ["ODDER_STILL: Something new"]),
        (("", "ODD", ""), ["ODD"]),
        (("Cluster auto-terminated while idle", "", ""), ["Cluster auto-terminated while idle"]),
        (("It was not used for 45 minutes.", "", ""), []),  # atmo's own words
    ],
)
def test_what_emr_said_of_a_persons_cluster_is_shown(said: tuple[str, str, str], lines: list[str]) -> None:
    assert rules.diagnose_cluster(*said).record()["evidence"] == [{"source": "emr", "line": line} for line in lines]


FRAGMENTS = st.sampled_from([
    *(known["message"] for _, known, _, _ in CLUSTER), *(known["reported"]["message"] for _, known, _, _ in NOTEBOOK), HOSTILE,
    "{where} {0} {x!r} %s", "Traceback (most recent call last):", "Caused by: java.lang.Error: ", "Path does not exist: ",
    "\x1b[31m", "\ud800", "\x00", "\n",
])  # fmt: skip
TEXT = st.one_of(st.text(), st.lists(st.one_of(FRAGMENTS, st.text(max_size=30)), max_size=6).map(" ".join))
VALUE = st.one_of(TEXT, st.none(), st.integers(), st.booleans(), st.lists(st.text(max_size=3), max_size=2), st.floats())
REPORTED = st.none() | st.dictionaries(
    st.sampled_from(["status", "cell", "line", "code", "error", "message", "traceback", "oom_kills"]), VALUE
)
FACTS = st.builds(
    Facts,
    status=st.sampled_from(["FAILED", "TIMED_OUT", "CANCELLED"]),
    reason=TEXT, reported=REPORTED, code=TEXT, message=TEXT, step_message=TEXT, log=TEXT, timeout=TEXT, cancelled_by=TEXT,
    launched=st.booleans(), begun=st.booleans(),
)  # fmt: skip


@given(FACTS)
def test_any_text_whatsoever_yields_a_diagnosis(facts: Facts) -> None:
    diagnosis = rules.diagnose(facts)
    assert diagnosis
    check(diagnosis.record())


@given(FACTS)
def test_markup_in_any_text_is_escaped(facts: Facts) -> None:
    diagnosis = rules.diagnose(facts)
    assert diagnosis
    html = rendering.render("mails/diagnosis.html", diagnosis=diagnosis.record())
    page = rendering.environment().get_template("diagnosis/page.html").module.diagnosed(diagnosis.record())  # type: ignore[attr-defined]
    for shown in (html, str(page)):
        assert "<script>" not in shown
        assert "<img" not in shown
