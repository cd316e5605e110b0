"""What becomes of a job's slots: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.jobs.models import Job
from chalicelib.schedules import concurrency, slots

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
SLOT = NOW - timedelta(seconds=30)


def job(**fields: Any) -> Job:
    usual: dict[str, Any] = {
        "id": "j-1", "identifier": "flights", "schedule": "daily", "timezone": "UTC", "start_date": SLOT - timedelta(days=10),
        "next_run_at": SLOT,
    }  # fmt: skip
    return Job(**(usual | fields))


NEVER = "0 0 */31 2 1#5"
"""A cron expression that no date fits."""


@pytest.mark.parametrize(
    ("fields", "action", "look_again"),
    [
        ({}, "run", SLOT + timedelta(days=1)),
        ({"active_run": "r-0"}, "skip", SLOT + timedelta(days=1)),
        ({"end_date": SLOT}, "expire", None),
        ({"end_date": SLOT - timedelta(days=1)}, "expire", None),
        ({"end_date": NOW + timedelta(hours=1)}, "run", NOW + timedelta(hours=1)),
        ({"is_enabled": False}, "skip", None),
        ({"schedule": NEVER, "active_run": "r-0"}, "skip", None),
    ],
)
def test_at_a_slot(fields: dict[str, Any], action: str, look_again: datetime | None) -> None:
    plan = slots.plan(job(**fields), NOW)
    assert [decision.action for decision in plan.decisions] == [action]
    assert plan.next_look == look_again
    assert plan.decisions[0].reason


LONG_AGO = SLOT - timedelta(days=1, hours=1)
MISSED = {"schedule": "daily", "next_run_at": SLOT - timedelta(days=3)}
FULL = {"active_run": "r-0", "further_runs": [f"r-{number}" for number in range(1, 11)]}
ALMOST = {"active_run": "r-0", "further_runs": [f"r-{number}" for number in range(1, 9)]}


@pytest.mark.parametrize(
    ("fields", "actions", "says"),
    [
        ({}, "run", ""),
        ({"snoozed_until": NOW + timedelta(hours=1), "timezone": "Europe/Berlin"}, "skip", "2026, 14:00 (Europe/Berlin)"),
        ({"snoozed_until": SLOT}, "run", ""),
        ({"is_enabled": False}, "skip", "paused"),
        # missed
        (MISSED, "skip skip skip run", "Too late: it was due on Thu 19 Nov 2026, 11:59 (UTC) and could"),
        (MISSED | {"lateness_limit": 168}, "skip skip skip run", "the run of Fri 20 Nov 2026, 11:59 (UTC) was already due"),
        (MISSED | {"lateness_limit": 168, "misfire": "all"}, "run", ""),
        (MISSED | {"lateness_limit": 168, "misfire": "all", "active_run": "r-0"}, "", ""),
        (MISSED | {"lateness_limit": 168, "misfire": "all", "active_run": "r-0", "overlap": "queue"}, "", ""),
        (MISSED | {"lateness_limit": 168, "misfire": "all", "active_run": "r-0", "overlap": "allow"}, "run", ""),
        (MISSED | {"lateness_limit": 168, "misfire": "skip"}, "skip skip skip run", "It was missed: it was due on"),
        ({"next_run_at": NOW - timedelta(hours=2)}, "run", ""),
        ({"next_run_at": NOW - timedelta(hours=2), "misfire": "all"}, "run", ""),
        ({"next_run_at": NOW - timedelta(hours=2), "misfire": "skip"}, "skip", "started by Sun 22 Nov 2026, 12:00 (UTC)"),
        ({"next_run_at": NOW - timedelta(hours=2), "lateness_limit": 1}, "skip", "Too late"),
        ({"next_run_at": NOW - timedelta(hours=1), "lateness_limit": 1}, "run", ""),
        ({"next_run_at": NOW - timedelta(hours=1, seconds=1), "lateness_limit": 1}, "skip", "within 1 hour."),
        ({"next_run_at": NOW - timedelta(minutes=10), "misfire": "skip"}, "run", ""),
        ({"next_run_at": NOW - timedelta(minutes=10, seconds=1), "misfire": "skip"}, "skip", "It was missed"),
        (
            {"schedule": "* * * * *", "next_run_at": NOW - timedelta(minutes=2), "misfire": "skip"},
            "skip skip run", "It was missed",
        ),
        # overlapping
        ({"next_run_at": NOW - timedelta(hours=2), "active_run": "r-0"}, "skip", "still running"),
        ({"active_run": "r-0", "misfire": "all"}, "skip", "still running"),
        ({"active_run": "r-0", "overlap": "queue", "last_run_at": SLOT}, "queue", "Waiting for the run of Sun 22 Nov 2026, 11:59"),
        (ALMOST | {"overlap": "queue"}, "queue", "and 8 more to end"),
        (FULL | {"overlap": "queue"}, "skip", "10 runs of the job were already waiting"),
        (ALMOST | {"overlap": "allow"}, "run", ""),
        (FULL | {"overlap": "allow"}, "skip", "10 runs of the job were already running"),
    ],
)  # fmt: skip
def test_what_becomes_of_due_slots(fields: dict[str, Any], actions: str, says: str) -> None:
    usual = {"start_date": SLOT - timedelta(days=10)}
    if fields.get("next_run_at") and fields["next_run_at"] > SLOT - timedelta(days=1):
        usual = {"start_date": fields["next_run_at"]}
    plan = slots.plan(job(**(usual | fields)), NOW)
    assert " ".join(decision.action for decision in plan.decisions) == actions
    if says:
        assert says in plan.decisions[0].reason
    overlapping = ("still running", "already waiting", "already running")
    assert [decision.overlaps for decision in plan.decisions] == [
        decision.action == "skip" and any(words in decision.reason for words in overlapping)
        for decision in plan.decisions
    ]
    if not actions:
        assert plan.next_look == fields["next_run_at"]


def test_a_job_without_a_slot_is_not_planned() -> None:
    with pytest.raises(ValueError, match="job j-1 has no slot"):
        slots.plan(job(next_run_at=None), NOW)


def test_a_plan_decides_at_most_ninety_slots_and_the_next_one_the_rest() -> None:
    first = NOW - timedelta(minutes=200)
    plan = slots.plan(job(schedule="* * * * *", start_date=first, next_run_at=first), NOW)
    assert [decision.slot for decision in plan.decisions] == [first + timedelta(minutes=number) for number in range(90)]
    assert plan.next_look == first + timedelta(minutes=90)


def test_a_freeze_skips_whatever_is_due() -> None:
    plan = slots.plan(job(**MISSED, overlap="queue", active_run="r-0"), NOW, "atmo is frozen: we move house.")
    assert {(decision.action, decision.reason) for decision in plan.decisions} == {
        ("skip", "atmo is frozen: we move house.")
    }
    assert slots.late_since(job(**MISSED), plan, NOW, "frozen") is None


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({}, None),
        ({"late_since": LONG_AGO}, None),
        (MISSED, MISSED["next_run_at"]),
        (MISSED | {"late_since": LONG_AGO}, LONG_AGO),
        (MISSED | {"snoozed_until": SLOT - timedelta(days=1)}, SLOT - timedelta(days=1)),
        (MISSED | {"snoozed_until": SLOT}, None),
        (MISSED | {"is_enabled": False}, None),
        ({"next_run_at": LONG_AGO, "end_date": LONG_AGO}, None),
    ],
)
def test_an_incident_begins_with_its_first_missed_slot(fields: dict[str, Any], since: datetime | None) -> None:
    scheduled = job(**fields)
    assert slots.late_since(scheduled, slots.plan(scheduled, NOW), NOW) == since


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "run"),
        ({"active_run": "r-0"}, "refuse"),
        ({"active_run": "r-0", "overlap": "queue"}, "queue"),
        (FULL | {"overlap": "queue"}, "refuse"),
        (ALMOST | {"overlap": "allow"}, "run"),
        (FULL | {"overlap": "allow"}, "refuse"),
    ],
)
def test_run_now_keeps_to_the_overlap_policy(fields: dict[str, Any], expected: str) -> None:
    action, reason = concurrency.decide_manual_run(job(**fields))
    assert action == expected
    assert bool(reason) == (action != "run")
    assert concurrency.decide_manual_run(job(**fields), "atmo is frozen.") == ("refuse", "atmo is frozen.")


@pytest.mark.parametrize(
    ("over", "successor", "left"),
    [
        ("r-0", None, ["r-1", "r-2"]),
        ("r-0", "r-0-2", ["r-0-2", "r-1", "r-2"]),
        ("r-1", None, ["r-0", "r-2"]),
        ("r-9", None, ["r-0", "r-1", "r-2"]),
    ],
)
def test_who_is_on_the_job_after_a_run(over: str, successor: str | None, left: list[str]) -> None:
    assert concurrency.runs_after(job(active_run="r-0", further_runs=["r-1", "r-2"]), over, successor) == left


def test_slots_that_passed_before_the_job_was_made_are_not_made_up_for() -> None:
    assert slots.first_look(job(), NOW) == SLOT + timedelta(days=1)
    assert slots.first_look(job(start_date=NOW + timedelta(days=3)), NOW) == NOW + timedelta(days=3)
    assert slots.first_look(job(start_date=NOW), NOW) == NOW


def test_a_slot_has_one_run_id() -> None:
    assert slots.slot_id(job(), SLOT) == slots.slot_id(job(), SLOT) == "r-1-20261122T115930Z"
    assert slots.slot_id(job(), SLOT + timedelta(days=1)) != slots.slot_id(job(), SLOT)


@pytest.mark.parametrize(
    ("fields", "awaited"),
    [
        ({"next_run_at": NOW + timedelta(seconds=1)}, True),
        ({"next_run_at": NOW}, False),
        ({"next_run_at": None}, False),
        ({"next_run_at": NOW + timedelta(minutes=1), "is_enabled": False}, False),
        ({"next_run_at": NOW + timedelta(minutes=1), "end_date": NOW + timedelta(minutes=1)}, False),
        ({"next_run_at": NOW + timedelta(minutes=1), "end_date": NOW + timedelta(minutes=2)}, True),
        ({"next_run_at": NOW + timedelta(minutes=1), "snoozed_until": NOW + timedelta(minutes=2)}, False),
        ({"next_run_at": NOW + timedelta(minutes=1), "snoozed_until": NOW + timedelta(minutes=1)}, True),
    ],
)
def test_which_slots_are_awaited(fields: dict[str, Any], awaited: bool) -> None:
    assert slots.is_awaited(job(**fields), NOW) is awaited
