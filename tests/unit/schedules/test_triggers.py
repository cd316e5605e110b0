"""Jobs that start after another one: tables of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.jobs.models import Job
from chalicelib.schedules import triggers
from chalicelib.schedules.triggers import Arrival

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
JUST_NOW = NOW - timedelta(seconds=30)


def job(**fields: Any) -> Job:
    usual: dict[str, Any] = {
        "id": "j-2", "identifier": "report", "schedule": "after", "after": "load", "after_job": "j-1", "timezone": "UTC",
        "start_date": NOW - timedelta(days=10), "next_run_at": JUST_NOW,
    }  # fmt: skip
    return Job(**(usual | fields))


@pytest.mark.parametrize(
    ("outcome", "status", "expected"),
    [
        ("success", "SUCCEEDED", True),
        ("success", "FAILED", False),
        ("success", "TIMED_OUT", False),
        ("success", "CANCELLED", False),
        ("success", "SKIPPED", False),
        ("end", "SUCCEEDED", True),
        ("end", "FAILED", True),
        ("end", "TIMED_OUT", True),
        ("end", "CANCELLED", True),
        ("end", "SKIPPED", False),
        ("end", "RUNNING", False),
    ],
)
def test_which_outcome_counts(outcome: str, status: str, expected: bool) -> None:
    assert triggers.counts(outcome, status) is expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, True),
        ({"schedule": "daily"}, False),
        ({"is_enabled": False}, False),
        ({"start_date": JUST_NOW}, True),
        ({"start_date": NOW}, False),
        ({"end_date": JUST_NOW}, False),
        ({"end_date": NOW}, True),
    ],
)
def test_which_job_takes_an_arrival(fields: dict[str, Any], expected: bool) -> None:
    assert triggers.takes(job(**fields), JUST_NOW) is expected


def test_arrivals_are_stored_and_read() -> None:
    first, second = Arrival(JUST_NOW, "r-1", NOW - timedelta(hours=6)), Arrival(NOW, "r-0")
    assert triggers.arrivals({second.as_text(), first.as_text()}) == [first, second]
    assert triggers.arrivals(None) == []


def test_each_ended_run_makes_a_run_of_its_own() -> None:
    arrivals = [Arrival(NOW, "r-1"), Arrival(NOW, "r-2"), Arrival(NOW + timedelta(seconds=1), "r-1")]
    ids = [triggers.run_id("j-2", each) for each in arrivals]
    assert len(set(ids)) == 3
    assert ids[0] == "r-2-20261122T120000Z-a5fa77"  # stored: another one would run what has run
    assert triggers.run_id("j-2", Arrival(NOW, "r-1", NOW)) == ids[0]


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@pytest.mark.parametrize(
    ("fields", "ends", "actions", "look_again", "says"),
    [
        ({}, [JUST_NOW], "run", None, ""),
        ({"end_date": NOW + timedelta(days=1)}, [JUST_NOW], "run", NOW + timedelta(days=1), ""),
        ({}, [], "", None, ""),
        ({"end_date": NOW + timedelta(days=1)}, [], "", NOW + timedelta(days=1), ""),
        ({"end_date": NOW}, [], "expire", None, "end date"),
        ({"end_date": NOW}, [JUST_NOW], "run", NOW, ""),
        ({"is_enabled": False, "end_date": NOW}, [JUST_NOW], "skip", None, "paused"),
        ({"snoozed_until": NOW + timedelta(hours=1)}, [JUST_NOW], "skip", None, "snoozed"),
        # freshness
        ({"lateness_limit": 2}, [ago(hours=2)], "run", None, ""),
        ({"lateness_limit": 2}, [ago(hours=2, seconds=1)], "skip", None, "Too late"),
        ({"lateness_limit": 2}, [ago(hours=3), JUST_NOW], "skip run", None, "Too late"),
        # several at once
        ({}, [ago(seconds=40), JUST_NOW], "run", JUST_NOW, ""),
        ({}, [ago(seconds=50), ago(seconds=40), JUST_NOW], "run", ago(seconds=40), ""),
        ({"active_run": "r-0"}, [ago(seconds=40), JUST_NOW], "skip skip", None, "still running"),
        ({"active_run": "r-0", "overlap": "queue"}, [JUST_NOW], "queue", None, "Waiting for"),
        ({"active_run": "r-0", "overlap": "allow"}, [JUST_NOW], "run", None, ""),
        # missed ones
        ({}, [ago(hours=2), ago(hours=1)], "skip run", None, "the run of Sun 22 Nov 2026, 11:00 (UTC) was already due"),
        ({"misfire": "all"}, [ago(hours=2), ago(hours=1)], "run", ago(hours=1), ""),
        ({"misfire": "all", "active_run": "r-0"}, [ago(hours=2), ago(hours=1)], "", ago(hours=2), ""),
        ({"misfire": "skip"}, [ago(hours=1), JUST_NOW], "skip run", None, "It was missed"),
    ],
)
def test_arrivals_are_decided_on_like_slots(
    fields: dict[str, Any], ends: list[datetime], actions: str, look_again: datetime | None, says: str
) -> None:
    arrivals = [Arrival(end, f"r-up-{number}") for number, end in enumerate(ends)]
    plan = triggers.plan(job(**fields), arrivals, NOW)
    assert [decision.action for decision in plan.decisions] == actions.split()
    assert [decision.after for decision in plan.decisions if decision.action != "expire"] == [
        arrival.run for arrival in arrivals[: len([each for each in plan.decisions if each.action != "expire"])]
    ]
    assert plan.next_look == look_again
    assert not says or says in plan.decisions[0].reason


def test_a_freeze_skips_with_its_reason() -> None:
    (decision,) = triggers.plan(job(), [Arrival(JUST_NOW, "r-1")], NOW, "The site is frozen.").decisions
    assert (decision.action, decision.reason) == ("skip", "The site is frozen.")


def test_very_many_are_decided_in_several_plans() -> None:
    arrivals = [Arrival(ago(days=2, seconds=number), f"r-{number}") for number in range(200, 0, -1)]
    plan = triggers.plan(job(), arrivals, NOW)
    assert (len(plan.decisions), plan.next_look) == (90, arrivals[90].ended_at)


@pytest.mark.parametrize(
    ("schedule", "after", "field"),
    [("daily", None, ""), ("after", "load", ""), ("after", None, "after"), ("daily", "load", "schedule")],
)
def test_a_job_has_either_a_schedule_or_a_job_before_it(schedule: str, after: str | None, field: str) -> None:
    wrong = triggers.refusal(schedule, after)
    assert (wrong[0] if wrong else "") == field


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (["load"], ""),
        (["load", "fetch"], ""),
        (["report"], "report → report."),
        (["load", "report"], "report → load → report."),
        (["load", "fetch", "report", "more"], "report → load → fetch → report."),
        ([f"job-{number}" for number in range(19)], ""),
        ([f"job-{number}" for number in range(20)], "At most 20 jobs"),
    ],
)
def test_jobs_do_not_wait_for_one_another(before: list[str], says: str) -> None:
    refusal = triggers.chain_refusal("report", before)
    assert bool(refusal) == bool(says)
    assert says in refusal
