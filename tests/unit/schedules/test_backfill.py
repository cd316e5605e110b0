"""Which slots a backfill runs: each of its range once, in order."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.limits import LIMITS
from chalicelib.schedules.backfill import Backfill, Order, Which, of_json

START = datetime(2027, 3, 1, 5, 30, tzinfo=UTC)


def backfill(**changes: Any) -> Backfill:
    values: dict[str, Any] = {
        "id": "b-1", "rule": "daily", "zone": "Europe/Berlin", "start": START, "begin": START - timedelta(days=3),
        "until": START + timedelta(days=2), "order": Order.OLDEST, "which": Which.MISSING, "at_once": 2, "total": 5,
        "asked_by": "ada",
    }  # fmt: skip
    return Backfill(**values | changes)


def days(*numbers: int) -> list[datetime]:
    return [START + timedelta(days=number) for number in numbers]


def test_the_range_begins_before_the_jobs_start_and_leaves_out_its_end() -> None:
    assert backfill().slots() == days(-3, -2, -1, 0, 1)
    assert backfill(order=Order.NEWEST).slots() == days(1, 0, -1, -2, -3)
    assert backfill(begin=START + timedelta(seconds=1)).slots() == days(1)


@pytest.mark.parametrize("order", list(Order))
def test_what_was_begun_is_not_begun_again(order: str) -> None:
    going, begun = backfill(order=order), []
    while slots := going.slots():
        begun.append(slots[0])
        going = going.begun(slots[0], f"r-{len(begun)}")
    assert begun == backfill(order=order).slots()
    assert going.runs == ("r-1", "r-2", "r-3", "r-4", "r-5")


def test_a_run_that_ends_gives_its_place_to_its_next_attempt() -> None:
    going = backfill(runs=("r-1", "r-2"))
    assert going.ended("r-1").runs == ("r-2",)
    assert going.ended("r-1", "r-1-2").runs == ("r-1-2", "r-2")
    assert going.ended("r-3").runs == ("r-1", "r-2")


def test_no_more_are_counted_than_tell_that_there_are_too_many() -> None:
    assert len(backfill(rule="* * * * *").slots()) == LIMITS.backfill_slots + 1


@given(
    reached=st.none() | st.just(START), runs=st.lists(st.text("abc-1", min_size=1), max_size=4).map(tuple),
    order=st.sampled_from(list(Order)), which=st.sampled_from(list(Which)), at_once=st.integers(1, 10),
)  # fmt: skip
def test_it_is_stored_and_read_as_it_is(reached: datetime | None, runs: tuple[str, ...], **values: Any) -> None:
    one = backfill(reached=reached, runs=runs, **values)
    assert of_json(json.loads(json.dumps(one.as_json()))) == one


def test_none_is_stored_as_nothing() -> None:
    assert of_json(None) is None
    assert of_json({}) is None


@given(
    rule=st.sampled_from(["daily", "weekly", "0 6 * * 1-5", "30 2 * * *", "*/30 2 * * *"]), span=st.integers(1, 60),
    order=st.sampled_from(list(Order)),
)  # fmt: skip
def test_its_slots_are_those_of_the_schedule(rule: str, span: int, order: str) -> None:
    from chalicelib.schedules.schedule import Schedule

    begin, until = START, START + timedelta(days=span)
    slots = backfill(rule=rule, begin=begin, until=until, order=order).slots()
    preview = Schedule(rule, "Europe/Berlin", START).preview(begin - timedelta(seconds=1), len(slots) + 1)
    assert sorted(slots) == [slot for slot in preview if slot < until]
    assert slots == sorted(slots, reverse=order == Order.NEWEST)
