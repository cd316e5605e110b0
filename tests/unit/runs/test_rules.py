"""What should happen to a run now: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.runs import rules
from chalicelib.runs.models import Run

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def run(**fields: Any) -> Run:
    usual: dict[str, Any] = {
        "id": "r-1", "status": "RUNNING", "jobflow_id": "j-1", "cluster_state": "RUNNING", "timeout": 2,
        "created_at": NOW - timedelta(hours=1), "started_at": NOW - timedelta(hours=1),
    }  # fmt: skip
    return Run(**(usual | fields))


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ({"status": "QUEUED", "jobflow_id": None, "cluster_state": None}, "launch"),
        ({}, "await-finish"),
        ({"step_state": "RUNNING"}, "await-finish"),
        ({"step_state": "COMPLETED"}, "record-outcome"),
        ({"step_state": "FAILED"}, "record-outcome"),
        ({"cluster_state": "TERMINATED_WITH_ERRORS"}, "record-outcome"),
        ({"cancelled_by": "alice"}, "terminate"),
        ({"started_at": NOW - timedelta(hours=2)}, "terminate"),
        ({"cancelled_by": "alice", "jobflow_id": None}, "record-outcome"),
        ({"cancelled_by": "alice", "cluster_state": "TERMINATED"}, "record-outcome"),
        ({"status": "SUCCEEDED", "finished_at": NOW}, "await-end"),
        ({"status": "SUCCEEDED", "finished_at": NOW - rules.END_WITHIN}, "terminate"),
        ({"status": "FAILED", "cluster_state": "TERMINATED"}, "done"),
        ({"status": "FAILED", "jobflow_id": None, "cluster_state": None}, "done"),
    ],
)
def test_the_machine_does_next(fields: dict[str, Any], action: str) -> None:
    assert rules.next_action(run(**fields), NOW).action == action


@pytest.mark.parametrize(
    ("fields", "reported", "status", "reason"),
    [
        ({"step_state": "COMPLETED"}, {"status": "SUCCEEDED"}, "SUCCEEDED", ""),
        ({"cluster_state": "TERMINATED"}, {"status": "SUCCEEDED"}, "SUCCEEDED", ""),
        ({}, {"status": "SUCCEEDED", "cell": 2, "message": "Stopped at cell 2."}, "SUCCEEDED", "Stopped at cell 2."),
        (
            {"step_state": "FAILED"},
            {"status": "FAILED", "cell": 3, "error": "ValueError", "message": "no rows"},
            "FAILED", "Cell 3 raised ValueError: no rows",
        ),
        (
            {"step_state": "FAILED"},
            {"status": "FAILED", "error": "NoSuchKey", "message": "the notebook is gone"},
            "FAILED", "NoSuchKey: the notebook is gone",
        ),
        ({"step_state": "FAILED"}, {"status": "FAILED", "message": "This is no notebook."}, "FAILED", "This is no notebook."),
        ({"step_state": "FAILED"}, None, "FAILED", "log for details"),
        ({"cancelled_by": "alice"}, None, "CANCELLED", "Cancelled by alice."),
        ({"started_at": NOW - timedelta(hours=2)}, None, "TIMED_OUT", "after 2 hours"),
        ({"started_at": None, "created_at": NOW - timedelta(hours=3)}, None, "TIMED_OUT", "was not launched within 2 hours,"),
        ({"timeout": 1}, {"status": "TIMED_OUT"}, "TIMED_OUT", "after 1 hour,"),
        (
            {"cluster_state": "TERMINATED_WITH_ERRORS", "cluster_reason": "Bootstrap failure"}, None,
            "FAILED", "Bootstrap failure",
        ),
    ],
)  # fmt: skip
def test_the_outcome(fields: dict[str, Any], reported: dict[str, Any] | None, status: str, reason: str) -> None:
    outcome = rules.outcome(run(**fields), reported, NOW)
    assert outcome[0] == status
    assert reason in outcome[1]


@pytest.mark.parametrize(
    ("fields", "reported", "needs_step"),
    [
        ({"cluster_code": "ALL_STEPS_COMPLETED"}, None, True),
        ({"cluster_code": "STEP_FAILURE", "step_state": "RUNNING"}, None, True),
        ({"cluster_code": "ALL_STEPS_COMPLETED"}, {"status": "SUCCEEDED"}, False),
        ({"cluster_code": "ALL_STEPS_COMPLETED", "step_state": "COMPLETED"}, None, False),
        ({"cluster_code": "ALL_STEPS_COMPLETED", "step_state": "CANCELLED"}, None, False),
        ({"cluster_code": "BOOTSTRAP_FAILURE"}, None, False),
        ({}, None, False),
    ],
)
def test_emr_is_asked_about_the_step(fields: dict[str, Any], reported: dict[str, Any] | None, needs_step: bool) -> None:
    assert rules.needs_step(run(**fields), reported) == needs_step


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"awaiting": "finish"}, ""),
        ({"awaiting": "finish", "step_state": "COMPLETED"}, "step ended"),
        ({"awaiting": "finish", "cancelled_by": "alice"}, "cancelled"),
        ({"awaiting": "finish", "cluster_state": "TERMINATED"}, "cluster ended"),
        ({"awaiting": "end", "step_state": "COMPLETED"}, ""),
        ({"awaiting": "end", "cancelled_by": "alice"}, ""),
        ({"awaiting": "end", "cluster_state": "TERMINATED"}, "cluster ended"),
    ],
)
def test_the_waiting_execution_is_woken(fields: dict[str, Any], why: str) -> None:
    assert rules.wake_reason(run(**fields)) == why


MINUTE = timedelta(minutes=1)
QUEUED = {"status": "QUEUED", "jobflow_id": None, "cluster_state": None, "started_at": None}


@pytest.mark.parametrize(
    ("fields", "action", "reason", "seconds"),
    [
        (QUEUED, "launch", "due", 0),
        (QUEUED | {"not_before": NOW}, "launch", "due", 0),
        (QUEUED | {"not_before": NOW + 10 * MINUTE}, "await-start", "attempt", 601),
        (QUEUED | {"waits_for": "r-0", "status_reason": "Waits."}, "await-start", "Waits.", 301),
        (
            QUEUED | {"waits_for": "r-0", "status_reason": "Waits.", "created_at": NOW - timedelta(hours=9)},
            "await-start", "Waits.", 301,
        ),
        (QUEUED | {"waits_for": "r-0", "cancelled_by": "ada"}, "record-outcome", "Cancelled by ada.", 0),
        (
            QUEUED | {"created_at": NOW - timedelta(hours=2)}, "record-outcome",
            "It was not launched within 2 hours, its timeout.", 0,
        ),
        (
            QUEUED | {"created_at": NOW - timedelta(hours=9), "not_before": NOW - timedelta(hours=1)},
            "launch", "due", 0,
        ),
        ({"not_before": NOW + MINUTE}, "await-finish", "running", 3601),
        ({"started_at": None, "created_at": NOW - 30 * MINUTE}, "await-finish", "running", 5401),
        ({"started_at": NOW - 2 * timedelta(hours=1) + timedelta(milliseconds=500)}, "await-finish", "running", 1),
        ({"cancelled_by": "ada"}, "terminate", "Cancelled by ada.", 0),
        ({"started_at": NOW - timedelta(hours=2)}, "terminate", "It was still running after 2 hours, its timeout.", 0),
        ({"step_state": "CANCELLED"}, "record-outcome", "step", 0),
        ({"status": "SUCCEEDED", "finished_at": NOW - 4 * MINUTE}, "await-end", "EMR is ending", 361),
        ({"status": "SUCCEEDED", "finished_at": None}, "await-end", "EMR is ending", 601),
        (
            {"status": "FAILED", "finished_at": NOW - 10 * MINUTE}, "terminate",
            "EMR did not end", 0,
        ),
        ({"status": "FAILED", "jobflow_id": None, "status_reason": "Refused."}, "done", "Refused.", 0),
        ({"status": "FAILED", "cluster_state": "TERMINATED", "status_reason": "No rows."}, "done", "No rows.", 0),
    ],
)  # fmt: skip
def test_the_machine_does_next_for_how_long_and_why(
    fields: dict[str, Any], action: str, reason: str, seconds: int
) -> None:
    decision = rules.next_action(run(**fields), NOW)
    assert (decision.action, decision.seconds) == (action, seconds)
    assert reason in decision.reason


LATE = QUEUED | {"created_at": NOW - 31 * MINUTE}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (LATE, "no cluster after more than 30 minutes."),
        (LATE | {"status_reason": "EMR is busy."}, "no cluster after more than 30 minutes. EMR is busy."),
        (LATE | {"created_at": NOW - 30 * MINUTE}, ""),
        (LATE | {"not_before": NOW - 5 * MINUTE}, ""),
        (LATE | {"status": "STARTING"}, ""),
        (LATE | {"jobflow_id": "j-1"}, ""),
        (LATE | {"waits_for": "r-0"}, ""),
        (LATE | {"cancelled_by": "ada"}, ""),
    ],
)
def test_an_owner_is_told_of_a_run_that_does_not_start(fields: dict[str, Any], sentence: str) -> None:
    reason = rules.why_not_started(run(**({"status_reason": ""} | fields)), NOW)
    assert reason.endswith(sentence)
    assert bool(reason) == bool(sentence)


@pytest.mark.parametrize(
    ("fields", "reported", "status", "reason"),
    [
        ({"step_state": "COMPLETED"}, None, "SUCCEEDED", ""),
        ({"step_state": "COMPLETED"}, {"status": "FAILED", "message": "no rows"}, "FAILED", "no rows"),
        ({"cancelled_by": "ada"}, {"status": "SUCCEEDED"}, "SUCCEEDED", ""),
        ({"cancelled_by": "ada"}, {"status": "TIMED_OUT"}, "CANCELLED", "Cancelled by ada."),
        ({}, {"status": "TIMED_OUT"}, "TIMED_OUT", "It was still running after 2 hours, its timeout."),
        (
            {"started_at": NOW - timedelta(hours=2)}, {"status": "FAILED", "message": "no rows"},
            "TIMED_OUT", "It was still running after 2 hours, its timeout.",
        ),
        (
            {"step_state": "FAILED"}, {"status": "FAILED", "error": "Terminated", "message": "stopped"},
            "FAILED", "EMR gave no reason.",
        ),
        (
            {"step_state": "FAILED", "cluster_reason": "Idle"}, {"status": "FAILED", "error": "Terminated"},
            "FAILED", ": Idle",
        ),
        ({"step_state": "CANCELLED"}, None, "FAILED", "EMR gave no reason."),
        (
            {"step_state": "FAILED"}, {"status": "FAILED"},
            "FAILED", "The notebook's step failed",
        ),
        ({"step_state": "FAILED"}, {"status": "FAILED", "error": "MemoryError", "cell": 2}, "FAILED", "Cell 2 raised MemoryError"),
        (
            {"notebook_name": "note.zpln"}, {"status": "FAILED", "error": "E", "message": "m", "cell": 2},
            "FAILED", "Paragraph 2 raised E: m",
        ),
        (
            {"notebook_name": "note.json"}, {"status": "FAILED", "error": "E", "message": "m", "cell": 2},
            "FAILED", "Paragraph 2 raised E: m",
        ),
        (
            {"notebook_name": "a.ipynb"}, {"status": "FAILED", "error": "E", "message": "m", "cell": 2},
            "FAILED", "Cell 2 raised E: m",
        ),
    ],
)  # fmt: skip
def test_the_outcome_in_words(
    fields: dict[str, Any], reported: dict[str, Any] | None, status: str, reason: str
) -> None:
    outcome = rules.outcome(run(**fields), reported, NOW)
    assert outcome[0] == status
    assert outcome[1].endswith(reason) or outcome[1].startswith(reason)
    assert bool(outcome[1]) == bool(reason)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"awaiting": "start", "cancelled_by": "ada"}, "cancelled"),
        ({"awaiting": "start", "step_state": "COMPLETED"}, ""),
        ({"awaiting": "start"}, ""),
    ],
)
def test_a_run_that_waits_to_start_is_woken_when_it_is_cancelled(fields: dict[str, Any], why: str) -> None:
    assert rules.wake_reason(run(**fields)) == why


def test_a_clusters_state_says_whether_its_run_is_starting_or_running() -> None:
    states = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING", "TERMINATED")
    assert [rules.status_of(state) for state in states] == ["STARTING", "STARTING", "RUNNING", "RUNNING", "", ""]


def test_times_are_those_that_people_are_told() -> None:
    assert (rules.START_WITHIN, rules.END_WITHIN) == (30 * MINUTE, 10 * MINUTE)
    assert (rules.HELD, rules.TURN) == (5 * MINUTE, 5 * MINUTE)
