"""What becomes of a job's slots: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.jobs import slots
from chalicelib.jobs.models import Job

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLOT = NOW - timedelta(seconds=30)


def job(**fields: Any) -> Job:
    usual = {
        "id": "j-1", "identifier": "flights", "schedule": "daily", "timezone": "UTC", "start_date": SLOT - timedelta(days=10),
        "next_run_at": SLOT,
    }  # fmt: skip
    return Job(**(usual | fields))


@pytest.mark.parametrize(
    ("fields", "action", "look_again"),
    [
        ({}, "run", SLOT + timedelta(days=1)),
        ({"active_run": "r-0"}, "skip", SLOT + timedelta(days=1)),
        ({"end_date": SLOT}, "expire", None),
        ({"end_date": SLOT - timedelta(days=1)}, "expire", None),
        ({"end_date": NOW + timedelta(hours=1)}, "run", NOW + timedelta(hours=1)),
    ],
)
def test_at_a_slot(fields: dict[str, Any], action: str, look_again: datetime | None) -> None:
    plan = slots.plan(job(**fields), NOW)
    assert [decision.action for decision in plan.decisions] == [action]
    assert plan.look_again == look_again
    assert plan.decisions[0].reason


def test_slots_that_passed_before_the_job_was_made_are_not_made_up_for() -> None:
    assert slots.first_look(job(), NOW) == SLOT + timedelta(days=1)
    assert slots.first_look(job(start_date=NOW + timedelta(days=3)), NOW) == NOW + timedelta(days=3)
    assert slots.first_look(job(start_date=NOW), NOW) == NOW


def test_a_slot_has_one_run_id() -> None:
    assert slots.slot_id(job(), SLOT) == slots.slot_id(job(), SLOT) == "r-1-20261122T115930Z"
    assert slots.slot_id(job(), SLOT + timedelta(days=1)) != slots.slot_id(job(), SLOT)
