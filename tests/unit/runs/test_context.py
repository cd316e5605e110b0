"""What a run tells its notebook about itself."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, context, factory
from chalicelib.runs.models import Run, Trigger
from tests.support.emr_requests import SETTINGS

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SLOT = datetime(2026, 11, 27, 5, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factory, "settings", lambda: SETTINGS)


def job(**fields: Any) -> Job:
    usual: dict[str, Any] = {
        "identifier": "flights", "owner": "ada", "owner_email": "ada@example.org", "retries": 2, "retry_delay": 5, "size": 1,
        "emr_release": "7.10.0", "job_timeout": 2, "notebook_name": "n.ipynb", "notebook_key": "k", "notebook_version": "v",
        "result_visibility": "private", "timezone": "Europe/Berlin", "schedule": "daily",
        "start_date": datetime(2026, 3, 1, 5, tzinfo=UTC),
    }  # fmt: skip
    return Job("j-1", **usual | fields)


def run_of(slot: datetime, **fields: Any) -> Run:
    of = job(**fields)
    return factory.covering(factory.of_slot(of, "r-1", Trigger.SCHEDULE, slot, NOW), of)


def test_a_scheduled_run() -> None:
    assert context.of(run_of(SLOT), datetime(2026, 11, 25, 5, tzinfo=UTC)) == {
        "job": "j-1", "run": "r-1", "attempt": 1, "trigger": "schedule", "after": "", "after_run": "", "after_slot": "",
        "bucket": "", "slot": "2026-11-27T05:00:00Z", "slot_local": "2026-11-27T06:00:00+01:00",
        "previous_slot": "2026-11-26T05:00:00Z", "last_success": "2026-11-25T05:00:00Z", "correlation": "r-1",
    }  # fmt: skip


def test_a_manual_run_has_no_slot() -> None:
    run = factory.of_job(job(), "r-2", Trigger.MANUAL, NOW, NOW)
    assert context.of(run, None) == {
        "job": "j-1", "run": "r-2", "attempt": 1, "trigger": "manual", "after": "", "after_run": "", "after_slot": "",
        "bucket": "", "slot": "", "slot_local": "", "previous_slot": "", "last_success": "", "correlation": "r-2",
    }  # fmt: skip


def test_a_retry_keeps_its_slot() -> None:
    first = run_of(SLOT)
    second = attempts.next_attempt(first, job(timezone="UTC", schedule="weekly"), NOW)
    assert context.of(second, None) == context.of(first, None) | {"run": "r-1-2", "attempt": 2, "trigger": "retry"}


def test_a_run_that_was_stored_before_runs_knew_their_slots() -> None:
    assert context.of(Run("r-3", job_id="j-1", trigger="schedule", scheduled_at=SLOT), None)["slot"] == ""


@pytest.mark.parametrize(
    ("slot", "local"),
    [
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "2026-10-25T02:30:00+02:00"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "2026-10-25T02:30:00+01:00"),
    ],
)
def test_in_the_hour_that_comes_twice_the_offset_tells_which(slot: datetime, local: str) -> None:
    assert context.of(run_of(slot, schedule="30 * * * *"), None)["slot_local"] == local


@given(
    rule=st.sampled_from(["daily", "weekly", "0 6 * * 1-5", "*/20 * * * *"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]), number=st.integers(0, 40),
)  # fmt: skip
def test_windows_follow_one_another_without_gap(rule: str, zone: str, number: int) -> None:
    of = job(schedule=rule, timezone=zone)
    *_, slot, after = of.timing.preview(of.start_date, number + 2)
    said = context.of(run_of(after, schedule=rule, timezone=zone), None)
    assert datetime.fromisoformat(str(said["previous_slot"])) == slot
    assert datetime.fromisoformat(str(said["slot_local"])) == datetime.fromisoformat(str(said["slot"]))
    assert datetime.fromisoformat(str(said["slot_local"])).utcoffset() == after.astimezone(ZoneInfo(zone)).utcoffset()
