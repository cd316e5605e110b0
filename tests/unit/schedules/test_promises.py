"""What a job promises: a table of cases, and what holds of any schedule."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.schedules import promises
from chalicelib.schedules.schedule import Schedule

BERLIN = "Europe/Berlin"


def wall(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("promised_by", "after", "expected"),
    [
        ("09:00", wall("2026-11-28T08:59"), wall("2026-11-28T09:00")),
        ("09:00", wall("2026-11-28T09:00"), wall("2026-11-29T09:00")),
        ("00:00", wall("2026-11-28T00:00"), wall("2026-11-29T00:00")),
        ("23:59", wall("2026-11-28T00:00"), wall("2026-11-28T23:59")),
        ("09:07", wall("2027-03-27T12:00"), datetime(2027, 3, 28, 7, 7, tzinfo=UTC)),
        # The clock is put forward from 2:00 to 3:00, and back from 3:00 to 2:00.
        ("02:30", wall("2027-03-27T12:00"), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        ("02:30", wall("2026-10-24T12:00"), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_the_next_promised_moment(promised_by: str, after: datetime, expected: datetime) -> None:
    assert promises.next_moment(promised_by, BERLIN, after) == expected


@pytest.mark.parametrize("text", ["9:00", "24:00", "09:60", "09", "09:00:00", "", "0900", "19:0", " 09:00", "29:00"])
def test_what_is_no_time_of_day(text: str) -> None:
    assert not promises.TIME_OF_DAY.fullmatch(text)


@pytest.mark.parametrize("text", ["00:00", "09:05", "19:59", "20:00", "23:59"])
def test_times_of_day(text: str) -> None:
    assert promises.TIME_OF_DAY.fullmatch(text)


START = wall("2026-11-02T06:00")  # a Monday


@pytest.mark.parametrize(
    ("rule", "moment", "slot"),
    [
        ("daily", "2026-11-28T09:00", "2026-11-28T06:00"),
        ("daily", "2026-11-02T09:00", "2026-11-02T06:00"),
        ("daily", "2026-11-01T09:00", None),
        ("weekly", "2026-11-09T09:00", "2026-11-09T06:00"),
        ("weekly", "2026-11-10T09:00", None),
        ("0 * * * *", "2026-11-28T09:00", "2026-11-28T08:00"),
        ("*/5 * * * *", "2026-11-28T09:00", "2026-11-28T08:55"),
        ("0 22 * * *", "2026-11-28T09:00", "2026-11-27T22:00"),
        ("0 9 * * *", "2026-11-28T09:00", "2026-11-27T09:00"),
        ("0 6 * * 1-5", "2026-11-28T09:00", None),
        ("after", "2026-11-28T09:00", None),
    ],
)
def test_which_slot_a_promised_moment_is_about(rule: str, moment: str, slot: str | None) -> None:
    timing, expected = Schedule(rule, BERLIN, START), wall(slot) if slot else None
    assert promises.slot_of(timing, "09:00", BERLIN, wall(moment)) == expected
    if expected:
        assert promises.moment_of(timing, "09:00", BERLIN, expected) == wall(moment)


@pytest.mark.parametrize(
    ("end", "slot"),
    [
        ("2026-11-28T06:00", None),
        ("2026-11-28T06:01", "2026-11-28T06:00"),
        ("2026-11-28T09:00", "2026-11-28T06:00"),
    ],
)
def test_a_job_that_is_over_promises_nothing_more(end: str, slot: str | None) -> None:
    timing = Schedule("daily", BERLIN, START, wall(end))
    assert promises.slot_of(timing, "09:00", BERLIN, wall("2026-11-28T09:00")) == (wall(slot) if slot else None)


def test_of_several_slots_the_last_one_is_promised() -> None:
    timing = Schedule("0 * * * *", BERLIN, START)
    assert promises.moment_of(timing, "09:00", BERLIN, wall("2026-11-28T07:00")) is None
    assert promises.moment_of(timing, "09:00", BERLIN, wall("2026-11-28T08:00")) == wall("2026-11-28T09:00")
    assert promises.moment_of(timing, None, BERLIN, wall("2026-11-28T08:00")) is None


def test_the_promise_may_be_in_another_zone_than_the_slot() -> None:
    """As of a job that starts after one of another zone."""
    timing = Schedule("0 6 * * *", "UTC", START)
    slot = datetime(2026, 11, 28, 6, tzinfo=UTC)
    assert promises.moment_of(timing, "09:00", "Asia/Kolkata", slot) == datetime(2026, 11, 29, 3, 30, tzinfo=UTC)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["daily", "weekly", "monthly", "0 6 * * 1-5", "*/20 * * * *", "30 2 * * *", "0 */7 * * *"]),
    st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe"]),
    st.times(),
    st.integers(0, 700 * 24 * 60),
)
def test_each_slot_has_one_promise_and_each_promise_one_slot(rule: str, zone: str, at: time, minutes: int) -> None:
    promised_by, begin = f"{at:%H:%M}", datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    timing = Schedule(rule, zone, begin)
    moments = [promises.next_moment(promised_by, zone, begin)]
    while len(moments) < 40:
        moments.append(promises.next_moment(promised_by, zone, moments[-1]))
    assert all(timedelta(hours=22) < later - earlier < timedelta(hours=26) for earlier, later in pairwise(moments))
    promised = [(promises.slot_of(timing, promised_by, zone, moment), moment) for moment in moments]
    slots = [slot for slot, _ in promised if slot]
    assert slots == sorted(set(slots))
    for (slot, moment), before in zip(promised, [begin - timedelta(microseconds=1), *moments], strict=False):
        later = timing.next_slot(slot or before)
        assert slot is None or (before <= slot < moment and slot >= begin)
        assert later is None or later >= moment
