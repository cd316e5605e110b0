"""What should happen to a run now: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.runs import rules
from chalicelib.runs.models import Run

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def run(**fields: Any) -> Run:
    usual = {
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
    found = rules.outcome(run(**fields), reported, NOW)
    assert found[0] == status
    assert reason in found[1]


@pytest.mark.parametrize(
    ("fields", "reported", "asked"),
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
def test_emr_is_asked_about_the_step(fields: dict[str, Any], reported: dict[str, Any] | None, asked: bool) -> None:
    assert rules.needs_step(run(**fields), reported) == asked


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
