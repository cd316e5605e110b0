from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.jobs import display
from chalicelib.jobs.display import JobState
from chalicelib.jobs.models import Job
from chalicelib.schedules.schedule import Schedule

START = datetime(2026, 11, 30, 5, 0, tzinfo=UTC)  # a Monday, 06:00 in Berlin


@pytest.mark.parametrize(
    ("rule", "zone", "expected"),
    [
        ("daily", "UTC", "Every day at 05:00 UTC"),
        ("weekly", "Europe/Berlin", "Every Monday at 06:00 Europe/Berlin time"),
        ("monthly", "UTC", "Every month on day 30, or the month's last day, at 05:00 UTC"),
        ("0 6 * * 1-5", "UTC", "At 06:00 on Monday through Friday, UTC"),
    ],
)
def test_a_schedule_reads_as_a_sentence(rule: str, zone: str, expected: str) -> None:
    assert display.schedule(Schedule(rule, zone, START)) == expected


def test_a_look_at_the_end_date_is_no_next_run() -> None:
    job = Job("j-1", is_enabled=True, next_run_at=START, end_date=START + timedelta(days=1))
    assert display.next_slot(job) == START
    job.end_date = START
    assert display.next_slot(job) is None


def test_the_next_run_of_a_snoozed_job_is_the_first_after_the_snooze() -> None:
    job = Job("j-1", is_enabled=True, next_run_at=START, schedule="daily", timezone="UTC", start_date=START)
    job.snoozed_until = START + timedelta(days=3)
    assert display.next_slot(job) == START + timedelta(days=3)
    job.end_date = START + timedelta(days=2)
    assert display.next_slot(job) is None


def test_what_a_job_is_doing() -> None:
    job = Job("j-1", is_enabled=True)
    assert display.state(job, START) == JobState.SCHEDULED
    job.snoozed_until = START
    assert display.state(job, START - timedelta(seconds=1)) == JobState.SNOOZED
    assert display.state(job, START) == JobState.SCHEDULED
    job.snoozed_until, job.is_enabled = START + timedelta(days=1), False
    assert display.state(job, START) == JobState.PAUSED
    job.expired_at = START
    assert display.state(job, START) == JobState.EXPIRED
    job.active_run = "r-1"
    assert display.state(job, START) == JobState.RUNNING
