"""Dispatch, simulated by its pure rules, against slots counted out by the calendar: every slot once, none in silence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core.limits import LIMITS
from chalicelib.jobs.models import Job
from chalicelib.schedules import concurrency, slots
from chalicelib.schedules.policies import Misfire, Overlap
from chalicelib.schedules.schedule import Schedule
from tests.support import slot_oracle

CHANGING = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "UTC"]
STEADY = ["UTC", "Asia/Kolkata", "Asia/Tokyo"]
BEGIN = datetime(2027, 1, 1, tzinfo=UTC)

moments = st.integers(0, 2 * 366 * 1440).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
rules_and_zones = st.one_of(
    st.tuples(st.sampled_from(["daily", "weekly", "monthly"]), st.sampled_from(CHANGING)),
    st.tuples(st.sampled_from(sorted(slot_oracle.CRONS)), st.sampled_from(STEADY)),
)
"""Two years from 2027 on, so with a leap day and every change of the clocks."""


@dataclass
class Simulation:
    """A job, the runs that are going with their ends, and what became of each slot."""

    job: Job
    took: timedelta
    became: dict[datetime, slots.SlotDecision] = field(default_factory=dict)
    at: dict[datetime, datetime] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)
    most_at_once: int = 0

    def dispatch(self, now: datetime) -> None:
        """What dispatch does at that moment."""
        while self.job.next_run_at and self.job.next_run_at <= now:
            self._let_end(now)
            plan = slots.plan(self.job, now)
            if not plan.decisions:
                return
            for decision in plan.decisions:
                assert decision.slot not in self.became, "a slot was decided twice"
                self.became[decision.slot], self.at[decision.slot] = decision, now
                if decision.action in ("run", "queue"):
                    self._seat(slots.slot_id(self.job, decision.slot), decision.action, now)
            self.job.next_run_at = plan.next_look

    def _seat(self, run_id: str, action: str, now: datetime) -> None:
        if action == "run":
            self.ends[run_id] = now + self.took
        self._on_job([*concurrency.unfinished_runs(self.job), run_id])
        self.most_at_once = max(self.most_at_once, len(self.ends))

    def _let_end(self, now: datetime) -> None:
        """Runs end in their order; the next one that waits begins as the one before it ends."""
        while over := [run for run, end in self.ends.items() if end <= now]:
            run = min(over, key=lambda run: self.ends[run])
            left, end = concurrency.runs_after(self.job, run), self.ends.pop(run)
            self._on_job(left)
            if left and left[0] not in self.ends:
                self.ends[left[0]] = end + self.took

    def _on_job(self, runs: list[str]) -> None:
        self.job.active_run, self.job.further_runs = (runs[0] if runs else None), runs[1:] or None


def a_job(rule: str, zone: str, start: datetime, **fields: Any) -> Job:
    job = Job("j-1", identifier="flights", schedule=rule, timezone=zone, start_date=start, **fields)
    job.next_run_at = slots.first_look(job, start)
    return job


outages = st.lists(st.tuples(moments, st.integers(1, 10 * 1440)), max_size=4)


def dispatches(
    expected: list[datetime], jitter: int, dark: list[tuple[datetime, int]], until: datetime
) -> list[datetime]:
    """Moments at which dispatch runs: within the minute of each slot, twice, unless it is down then; and at each end of that."""
    ticks = [slot + timedelta(seconds=jitter + again) for slot in expected for again in (0, 60)]
    ticks += [begin + timedelta(minutes=length) for begin, length in dark] + [until]
    down = [(begin, begin + timedelta(minutes=length)) for begin, length in dark]
    return sorted(tick for tick in ticks if tick <= until and not any(begin <= tick < end for begin, end in down))


@settings(max_examples=150, deadline=None)
@given(
    rule_and_zone=rules_and_zones, start=moments, dark=outages, jitter=st.integers(0, 59), took=st.integers(1, 3000),
    misfire=st.sampled_from(list(Misfire)), policy=st.sampled_from(list(Overlap)), limit=st.integers(1, 168),
)  # fmt: skip
def test_every_slot_is_decided_once_and_none_in_silence(
    rule_and_zone: tuple[str, str], start: datetime, dark: list[tuple[datetime, int]], jitter: int, took: int, misfire: str,
    policy: str, limit: int,
) -> None:  # fmt: skip
    until = start + timedelta(days=75)
    expected = slot_oracle.slots(*rule_and_zone, start, until)
    job = a_job(*rule_and_zone, start, misfire=misfire, overlap=policy, lateness_limit=limit)
    seen = Simulation(job, timedelta(minutes=took))
    for now in dispatches(expected, jitter, dark, until + timedelta(days=30)):
        seen.dispatch(min(now, until - timedelta(seconds=1)) if now >= until else now)
    waits = [slot for slot in expected if slot not in seen.became]
    assert sorted(seen.became) == expected[: len(expected) - len(waits)]
    assert not waits or (misfire == Misfire.ALL and seen.job.active_run)
    assert all(decision.reason for decision in seen.became.values())
    runs = [slot for slot, decision in seen.became.items() if decision.action == "run"]
    assert all(seen.at[slot] - slot <= timedelta(hours=limit) for slot in runs)
    if misfire == Misfire.SKIP:
        assert all(seen.at[slot] - slot <= slots.MISSED for slot in runs)
    assert seen.most_at_once <= (LIMITS.concurrent_runs if policy == Overlap.ALLOW else 1)


@settings(max_examples=150, deadline=None)
@given(rule_and_zone=rules_and_zones, start=moments, jitter=st.integers(0, 59))
def test_the_preview_is_what_dispatch_does(rule_and_zone: tuple[str, str], start: datetime, jitter: int) -> None:
    rule, zone = rule_and_zone
    timing = Schedule(rule, zone, start)
    preview = timing.preview(slots.before_first(timing, start))
    if rule != "0 0 29 2 *":
        assert preview == slot_oracle.slots(rule, zone, start, preview[-1] + timedelta(seconds=1))
    seen = Simulation(a_job(rule, zone, start), timedelta(minutes=1))
    for slot in preview:
        seen.dispatch(slot + timedelta(seconds=jitter))
    assert [(slot, decision.action) for slot, decision in seen.became.items()] == [(slot, "run") for slot in preview]


@settings(max_examples=60, deadline=None)
@given(start=moments, down=st.integers(11, 6 * 1440), limit=st.integers(1, 168), took=st.integers(1, 400))
def test_after_an_outage_all_missed_slots_run_in_order_and_one_at_a_time(
    start: datetime, down: int, limit: int, took: int
) -> None:
    job = a_job("15 */4 * * *", "UTC", start, misfire=Misfire.ALL, lateness_limit=limit)
    seen, now = Simulation(job, timedelta(minutes=took)), start + timedelta(minutes=down)
    missed = slot_oracle.slots("15 */4 * * *", "UTC", start, now - slots.MISSED)
    for _ in range(200 * 48):
        seen.dispatch(now)
        if set(missed) <= set(seen.became):
            break
        now += timedelta(minutes=7)
    became = [seen.became[slot].action for slot in missed]
    assert Counter(became).keys() <= {"run", "skip"}
    assert seen.most_at_once <= 1
    for slot in missed:
        late = seen.at[slot] - slot > timedelta(hours=limit)
        assert (seen.became[slot].action == "skip") == late
        assert not late or "Too late" in seen.became[slot].reason


@pytest.mark.parametrize("down", [1, slots.MAX_DECISIONS - 1, slots.MAX_DECISIONS, 7 * 1440])
def test_a_job_that_runs_every_minute_is_caught_up_in_plans_of_bounded_size(down: int) -> None:
    job = a_job("* * * * *", "UTC", BEGIN)
    seen, now, plans = 0, BEGIN + timedelta(minutes=down), 0
    while job.next_run_at and job.next_run_at <= now:
        plan = slots.plan(job, now)
        assert len(plan.decisions) <= slots.MAX_DECISIONS
        seen, plans, job.next_run_at = seen + len(plan.decisions), plans + 1, plan.next_look
    assert (seen, plan.decisions[-1].action) == (down + 1, "run")
    assert plans <= (down + 1) // slots.MAX_DECISIONS + 1
