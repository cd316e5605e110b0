"""What a run's outcome means: a table of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.diagnosis.symptoms import SIDES
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts
from chalicelib.runs.attempts import Verdict
from chalicelib.runs.models import Run
from chalicelib.schedules.backfill import Backfill, Order, Which

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def run(**fields: Any) -> Run:
    usual: dict[str, Any] = {
        "attempts": 3, "retry_delay": 10, "name": "atmo-local-job-ada-flights-x", "job_id": "j-1", "job_identifier": "flights",
        "owner": "ada", "owner_email": "ada@example.org", "notebook_version": "v1", "parameters": {"days": 30}, "trigger": "manual",
    }  # fmt: skip
    return Run("r-1", **(usual | fields))


def job(**fields: Any) -> Job:
    usual: dict[str, Any] = {
        "active_run": "r-1",
        "pause_after": 3,
        "notebook_version": "v2",
        "result_visibility": "private",
    }
    return Job("j-1", **(usual | fields))


@pytest.mark.parametrize(
    ("status", "fields", "of_job", "expected"),
    [
        ("FAILED", {}, {}, Verdict(True, 0)),
        ("FAILED", {"attempt": 2}, {"failures_in_a_row": 2}, Verdict(True, 2)),
        ("FAILED", {"attempt": 3}, {}, Verdict(False, 1, alerts=("failed",))),
        ("FAILED", {"attempts": 1}, {}, Verdict(False, 1, alerts=("failed",))),
        ("FAILED", {}, {"active_run": "r-2"}, Verdict(False, 1, alerts=("failed",))),
        ("FAILED", {}, {"active_run": "r-2", "further_runs": ["r-1"]}, Verdict(True, 0)),
        ("TIMED_OUT", {}, {}, Verdict(False, 1, alerts=("timed-out",))),
        ("CANCELLED", {}, {"failures_in_a_row": 2}, Verdict(False, 2)),
        ("SUCCEEDED", {}, {}, Verdict(False, 0)),
        ("SUCCEEDED", {"attempt": 2}, {"failures_in_a_row": 2}, Verdict(False, 0, alerts=("recovered",))),
    ],
)
def test_what_follows(status: str, fields: dict[str, Any], of_job: dict[str, Any], expected: Verdict) -> None:
    assert attempts.verdict(run(**fields), status, job(**of_job)) == expected


@pytest.mark.parametrize(
    ("of_job", "paused"),
    [
        ({}, True),
        ({"pause_after": 4}, False),
        ({"pause_after": 0}, False),
        ({"is_enabled": False}, False),
        ({"expired_at": NOW}, False),
    ],
)
def test_when_a_job_is_paused(of_job: dict[str, Any], paused: bool) -> None:
    verdict = attempts.verdict(run(attempt=3), "FAILED", job(**({"failures_in_a_row": 2} | of_job)))
    assert bool(verdict.pause) == paused
    assert (attempts.PAUSED in verdict.alerts) == paused


@pytest.mark.parametrize("status", ["FAILED", "TIMED_OUT"])
@pytest.mark.parametrize("side", [*SIDES, None])
def test_what_aws_or_the_site_failed_at_pauses_nothing(side: str | None, status: str) -> None:
    ended = run(attempt=3, diagnosis={"side": side} if side else None)
    external = side in ("aws", "cluster", "atmo")
    verdict = attempts.verdict(ended, status, job(failures_in_a_row=2, external_failures=0))
    assert (verdict.failures, verdict.external) == (3, int(external)), "it is counted, so that a recovery is told"
    assert bool(verdict.pause) == (not external)
    after_faults = attempts.verdict(run(attempt=3), status, job(failures_in_a_row=9, external_failures=8))
    assert not after_faults.pause, "only the job's own failures count, and there are two"
    assert attempts.verdict(run(attempt=3), status, job(failures_in_a_row=9, external_failures=7)).pause


def test_a_success_forgets_all_failures() -> None:
    verdict = attempts.verdict(run(), "SUCCEEDED", job(failures_in_a_row=4, external_failures=3))
    assert (verdict.failures, verdict.external, verdict.alerts) == (0, 0, ("recovered",))


@pytest.mark.parametrize(
    ("status", "fields", "of_job", "came_late"),
    [
        ("SUCCEEDED", {"slot": NOW}, {"broken_slot": NOW}, True),
        ("SUCCEEDED", {"slot": NOW, "attempt": 2}, {"broken_slot": NOW}, True),
        ("SUCCEEDED", {"slot": NOW, "backfill": "b-1"}, {"broken_slot": NOW}, True),
        ("SUCCEEDED", {"after_slot": NOW}, {"broken_slot": NOW}, True),
        ("SUCCEEDED", {"slot": NOW, "after_slot": LATER}, {"broken_slot": NOW}, True),
        ("SUCCEEDED", {"slot": NOW}, {"broken_slot": LATER}, False),
        ("SUCCEEDED", {"slot": NOW}, {}, False),
        ("SUCCEEDED", {}, {"broken_slot": NOW}, False),
        ("SUCCEEDED", {}, {}, False),
        ("FAILED", {"slot": NOW}, {"broken_slot": NOW}, False),
        ("FAILED", {"slot": NOW, "backfill": "b-1"}, {"broken_slot": NOW}, False),
        ("TIMED_OUT", {"slot": NOW}, {"broken_slot": NOW}, False),
        ("CANCELLED", {"slot": NOW}, {"broken_slot": NOW}, False),
    ],
)
def test_which_result_was_promised_earlier(
    status: str, fields: dict[str, Any], of_job: dict[str, Any], came_late: bool
) -> None:
    verdict = attempts.verdict(run(**fields), status, job(**of_job))
    assert (attempts.CAME_LATE in verdict.alerts) is came_late


def test_a_result_of_a_deleted_job_is_awaited_by_nobody() -> None:
    assert attempts.verdict(run(slot=NOW), "SUCCEEDED", None) == Verdict(False, 0)


def test_a_late_result_after_failures_is_told_as_both() -> None:
    verdict = attempts.verdict(run(slot=NOW), "SUCCEEDED", job(broken_slot=NOW, failures_in_a_row=1))
    assert verdict.alerts == ("recovered", "came-late")


def test_a_deleted_jobs_run_is_not_tried_again() -> None:
    assert attempts.verdict(run(), "FAILED", None) == Verdict(False, 1, alerts=("failed",))


def test_attempts_keep_what_the_first_one_ran() -> None:
    second = attempts.next_attempt(run(), job(), NOW)
    third = attempts.next_attempt(second, job(), NOW)
    assert attempts.next_attempt(run(promised_at=NOW), job(), NOW).promised_at == NOW
    assert [made.id for made in (second, third)] == ["r-1-2", "r-1-3"]
    assert [made.first_run for made in (second, third)] == ["r-1", "r-1"]
    assert [made.previous_run for made in (second, third)] == ["r-1", second.id]
    assert [made.name.rpartition("x")[2] for made in (second, third)] == ["-2", "-3"]
    assert [made.not_before - NOW for made in (second, third)] == [timedelta(minutes=10), timedelta(minutes=20)]
    assert (third.notebook_version, third.parameters, third.attempt, third.attempts) == ("v1", {"days": 30}, 3, 3)
    assert third.result_visibility == "private"


@pytest.mark.parametrize(("failures", "reason"), [
    (0, "It failed, so atmo paused it."), (1, "It failed 2 times in a row, so atmo paused it."),
])  # fmt: skip
def test_a_pause_says_how_often_the_job_failed(failures: int, reason: str) -> None:
    verdict = attempts.verdict(run(attempt=3), "FAILED", job(failures_in_a_row=failures, pause_after=failures + 1))
    assert verdict == Verdict(False, failures + 1, reason, ("failed", "auto-paused"))


def test_a_run_that_timed_out_pauses_its_job_as_well() -> None:
    verdict = attempts.verdict(run(), "TIMED_OUT", job(pause_after=1))
    assert verdict == Verdict(False, 1, "It failed, so atmo paused it.", ("timed-out", "auto-paused"))


def test_attempts_are_named_by_the_first_one() -> None:
    second = attempts.next_attempt(run(), job(), NOW)
    assert attempts.attempt_id(second, 1) == "r-1"
    assert attempts.attempt_id(second, 3) == "r-1-3"
    assert [attempts.of(each) for each in (run(attempts=1), run(), second)] == ["", "attempt 1 of 3", "attempt 2 of 3"]


def test_the_next_attempt_is_queued_for_its_time() -> None:
    second = attempts.next_attempt(run(), job(), NOW)
    assert (second.status, second.live, second.trigger, second.created_at) == ("QUEUED", "yes", "retry", NOW)


def test_a_failure_of_aws_pauses_no_job() -> None:
    """Not even when its owner's own failures would already do."""
    aws = run(attempt=3, diagnosis={"side": "aws"})
    assert attempts.is_external(aws)
    assert attempts.verdict(aws, "FAILED", job(failures_in_a_row=2, pause_after=2)).pause == ""


def test_an_attempt_is_counted_from_two_on() -> None:
    assert attempts.of(run(attempts=2)) == "attempt 1 of 2"


def backfill(name: str) -> dict[str, Any]:
    return Backfill(name, "daily", "UTC", NOW, NOW, NOW, Order.OLDEST, Which.ALL, 1, 5, "ada", ("r-1",)).as_json()


@pytest.mark.parametrize(
    ("status", "fields", "going", "expected"),
    [
        ("FAILED", {}, "b-1", Verdict(True, 2, external=1)),
        ("FAILED", {"attempt": 2}, "b-1", Verdict(True, 2, external=1)),
        ("FAILED", {"attempt": 3}, "b-1", Verdict(False, 2, alerts=("failed",), external=1)),
        ("FAILED", {}, "b-2", Verdict(False, 2, alerts=("failed",), external=1)),  # it was stopped, and another begun
        ("FAILED", {}, None, Verdict(False, 2, alerts=("failed",), external=1)),
        ("TIMED_OUT", {}, "b-1", Verdict(False, 2, alerts=("timed-out",), external=1)),
        ("CANCELLED", {}, "b-1", Verdict(False, 2, external=1)),
        ("SUCCEEDED", {}, "b-1", Verdict(False, 2, external=1)),
    ],
)
def test_past_slots_say_nothing_of_how_the_job_does_now(
    status: str, fields: dict[str, Any], going: str | None, expected: Verdict
) -> None:
    of = job(failures_in_a_row=2, external_failures=1, pause_after=1, backfill=backfill(going) if going else None)
    assert attempts.verdict(run(backfill="b-1", **fields), status, of) == expected


def test_a_past_slot_of_a_deleted_job_is_not_tried_again() -> None:
    assert attempts.verdict(run(backfill="b-1"), "FAILED", None) == Verdict(False, 0, alerts=("failed",))


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_faults_of_aws_are_remembered_where_nothing_is_counted(status: str) -> None:
    verdict = attempts.verdict(run(), status, job(failures_in_a_row=2, external_failures=1))
    assert (verdict.failures, verdict.external) == (2, 1)


@pytest.mark.parametrize(
    ("fields", "pending"),
    [
        ({}, True),
        ({"attempt": 3}, True),
        ({"attempt": 1}, False),
        ({"status": "STARTING"}, False),
        ({"launch_attempts": 1}, False),
        ({"waits_for": "r-0"}, False),
        ({"counted": True}, False),
        ({"cancelled_by": "ada"}, False),
    ],
)
def test_which_attempt_waits_for_its_time(fields: dict[str, Any], pending: bool) -> None:
    assert attempts.is_pending(run(**({"attempt": 2, "status": "QUEUED"} | fields))) is pending
