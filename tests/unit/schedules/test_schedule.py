"""Slots: every one once, never twice, at the wall time of the job's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.schedules.schedule import Schedule, is_zone, refuse_rule, zones

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]
RULES = [
    "daily", "weekly", "monthly", "0 6 * * 1-5", "30 2 * * *", "*/15 2 * * *", "15 */4 * * *", "0 0 29 2 *", "0 3 L * *",
]  # fmt: skip

CHANGES = [
    datetime.fromisoformat(at)
    for at in ("2026-03-29T01:00Z", "2026-10-25T01:00Z", "2026-11-01T06:00Z", "2026-04-04T15:00Z", "2026-10-03T15:30Z")
]
"""When clocks are put forward or back in Berlin, New York and on Lord Howe."""

moments = st.one_of(
    st.integers(0, 6 * 366 * 86400).map(lambda seconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    st.tuples(st.sampled_from(CHANGES), st.integers(-2 * 3600, 2 * 3600)).map(
        lambda near: near[0] + timedelta(seconds=near[1])
    ),
)
schedules = st.builds(Schedule, st.sampled_from(RULES), st.sampled_from(ZONES), moments)


@given(schedule=schedules, after=moments)
def test_the_next_slot_is_later_and_there_is_none_between(schedule: Schedule, after: datetime) -> None:
    slot = schedule.next_slot(after)
    assert slot is not None
    assert slot > after
    assert slot >= schedule.start
    between = after + (slot - after) / 2
    assert schedule.next_slot(between.replace(microsecond=0)) == slot


@given(schedule=schedules, at=moments)
def test_the_slot_before_is_earlier_and_the_next_one_after_it_is_not(schedule: Schedule, at: datetime) -> None:
    before = schedule.previous_slot(at)
    assert before is not None
    assert before < at
    after = schedule.by_rule(before)
    assert after is not None
    assert after >= at


@given(schedule=schedules)
def test_a_start_is_the_first_slot_of_a_rule_with_a_name(schedule: Schedule) -> None:
    first = schedule.next_slot(schedule.start - timedelta(seconds=1))
    assert first is not None
    assert first >= schedule.start
    if schedule.rule in ("daily", "weekly", "monthly"):
        assert first == schedule.start


def test_what_a_run_covers_may_begin_before_the_schedule_does() -> None:
    start = datetime(2027, 3, 31, 6, tzinfo=UTC)
    assert Schedule("daily", "UTC", start).previous_slot(start) == start - timedelta(days=1)
    assert Schedule("weekly", "UTC", start).previous_slot(start) == start - timedelta(days=7)
    assert Schedule("monthly", "UTC", start).previous_slot(start) == datetime(2027, 2, 28, 6, tzinfo=UTC)
    assert Schedule("0 0 */31 2 1#5", "UTC", start).previous_slot(start) is None


def test_the_slot_before_may_be_eight_years_away() -> None:
    start = datetime(2096, 2, 29, tzinfo=UTC)
    assert Schedule("0 0 29 2 *", "UTC", start).previous_slot(datetime(2104, 2, 29, tzinfo=UTC)) == start


@given(schedule=schedules, after=moments)
def test_looking_again_at_any_time_gives_the_same_slots(schedule: Schedule, after: datetime) -> None:
    slots = schedule.preview(after, 4)
    assert slots == sorted(set(slots))
    assert [schedule.next_slot(slot - timedelta(seconds=1)) for slot in slots] == slots


@given(zone=st.sampled_from(ZONES), start=moments)
def test_daily_runs_once_each_calendar_day_at_the_same_wall_time(zone: str, start: datetime) -> None:
    slots = Schedule("daily", zone, start).preview(start - timedelta(seconds=1), 400)
    first = start.astimezone(ZoneInfo(zone))
    assume(4 <= first.hour <= 20)  # away from the hours that DST skips or doubles
    walls = [slot.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for slot in slots]
    assert walls == [first.replace(tzinfo=None) + timedelta(days=n) for n in range(400)]


@pytest.mark.parametrize(
    ("rule", "zone", "start", "expected"),
    [
        (
            "daily", "Europe/Berlin", "2026-03-28T02:30:00+01:00",
            ["2026-03-28T01:30Z", "2026-03-29T01:30Z", "2026-03-30T00:30Z"],  # 02:30 is skipped on the 29th: 03:30 CEST
        ),
        (
            "daily", "Europe/Berlin", "2026-10-24T02:30:00+02:00",
            ["2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z"],  # 02:30 comes twice on the 25th: the first
        ),
        (
            "monthly", "UTC", "2027-01-31T06:00:00Z",
            ["2027-01-31T06:00Z", "2027-02-28T06:00Z", "2027-03-31T06:00Z", "2027-04-30T06:00Z"],
        ),
        ("monthly", "UTC", "2027-12-29T06:00:00Z", ["2027-12-29T06:00Z", "2028-01-29T06:00Z", "2028-02-29T06:00Z"]),
        ("weekly", "America/New_York", "2026-10-28T09:00:00-04:00", ["2026-10-28T13:00Z", "2026-11-04T14:00Z"]),
        ("0 6 * * 1-5", "Asia/Kolkata", "2026-11-20T00:00:00Z", ["2026-11-20T00:30Z", "2026-11-23T00:30Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T00:00:00+02:00", ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]),
    ],
)  # fmt: skip
def test_slots_by_hand(rule: str, zone: str, start: str, expected: list[str]) -> None:
    begin = datetime.fromisoformat(start)
    slots = Schedule(rule, zone, begin).preview(begin - timedelta(seconds=1), len(expected))
    assert [f"{slot:%Y-%m-%dT%H:%MZ}" for slot in slots] == expected


@given(schedule=schedules, after=moments, days=st.integers(0, 1000))
def test_no_slot_at_or_after_the_end(schedule: Schedule, after: datetime, days: int) -> None:
    end = schedule.start + timedelta(days=days)
    slot = Schedule(schedule.rule, schedule.zone, schedule.start, end).next_slot(after)
    endless = schedule.next_slot(after)
    assert endless is not None
    assert slot == (endless if endless < end else None)


@pytest.mark.parametrize(
    ("rule", "start", "slots"),
    [
        ("daily", "2026-10-25T01:30Z", ["2026-10-25T01:30Z", "2026-10-26T01:30Z"]),
        ("monthly", "2026-10-25T01:30Z", ["2026-10-25T01:30Z", "2026-11-25T01:30Z"]),
        ("monthly", "2026-09-25T00:30Z", ["2026-09-25T00:30Z", "2026-10-25T00:30Z"]),
        ("monthly", "2020-10-25T01:30Z", ["2020-10-25T01:30Z", "2020-11-25T01:30Z"]),
    ],
)
def test_a_start_in_the_second_hour_is_its_own_slot_and_later_ones_are_in_the_first(
    rule: str, start: str, slots: list[str]
) -> None:
    begins = datetime.fromisoformat(start)
    schedule = Schedule(rule, "Europe/Berlin", begins)
    assert schedule.preview(begins - timedelta(hours=3), 2) == [datetime.fromisoformat(slot) for slot in slots]


def test_a_start_in_the_second_hour_of_one_year_means_the_first_of_another() -> None:
    begins = datetime.fromisoformat("2020-10-25T01:30Z")
    october = Schedule("monthly", "Europe/Berlin", begins).next_slot(datetime.fromisoformat("2026-10-01T00:00Z"))
    assert october == datetime.fromisoformat("2026-10-25T00:30Z")


def test_a_job_that_starts_after_another_has_no_slots() -> None:
    schedule = Schedule("after", "UTC", datetime(2040, 1, 1, tzinfo=UTC))
    assert schedule.next_slot(datetime(2039, 1, 1, tzinfo=UTC)) is None
    assert schedule.previous_slot(datetime(2041, 1, 1, tzinfo=UTC)) is None
    assert schedule.preview(datetime(2039, 1, 1, tzinfo=UTC)) == []


@pytest.mark.parametrize("rule", ["daily", "weekly", "monthly", "after", "0 6 * * *", "*/15 8-18 * * 1-5"])
def test_good_rules(rule: str) -> None:
    assert refuse_rule(rule) == ""


@pytest.mark.parametrize("rule", ["hourly", "", "* * * *", "61 * * * *", "0 6 * * 8-9", "rm -rf /"])
def test_bad_rules_are_refused_with_a_sentence(rule: str) -> None:
    assert "cron" in refuse_rule(rule)


@pytest.mark.parametrize("rule", ["daily", "weekly", "0 6 * * *"])
def test_the_end_itself_is_no_slot(rule: str) -> None:
    start = datetime(2026, 11, 22, 6, tzinfo=UTC)
    slot = Schedule(rule, "UTC", start).next_slot(start)
    assert slot
    assert Schedule(rule, "UTC", start, slot).next_slot(start) is None
    assert Schedule(rule, "UTC", start, slot + timedelta(seconds=1)).next_slot(start) == slot


def test_within_the_hour_that_a_night_gains_the_slot_is_still_to_come() -> None:
    start = datetime.fromisoformat("2026-10-24T06:00:00+02:00")
    a_day_later = start + timedelta(days=1)  # 05:00 on the clock in Berlin, which was put back
    assert Schedule("daily", "Europe/Berlin", start).next_slot(a_day_later) == a_day_later + timedelta(hours=1)


def test_the_zones_to_choose_from_are_those_of_cities_and_utc() -> None:
    offered = zones()
    assert offered[0] == "UTC"
    assert offered[1:] == sorted(offered[1:])
    assert {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"} <= set(offered)
    assert {"US/Eastern", "GB", "Etc/UTC", "EST5EDT", "Asia"} & set(offered) == set()
    assert all(is_zone(zone) for zone in offered)


def test_zones() -> None:
    assert is_zone("Europe/Berlin")
    assert not is_zone("Mars/Olympus")
    assert not is_zone("../etc/passwd")


JUST_SHORT_ENOUGH = "10 6 * * " + ",".join(["1"] * 96)


def test_a_rule_has_at_most_200_characters() -> None:
    assert len(JUST_SHORT_ENOUGH) == 200
    assert refuse_rule(JUST_SHORT_ENOUGH) == ""
    too_long = JUST_SHORT_ENOUGH.replace("6", "16")
    assert refuse_rule(too_long).startswith(f"{too_long[:50]!r} is neither daily, weekly, monthly nor a cron")


def test_of_a_long_rule_that_is_wrong_the_beginning_is_shown() -> None:
    wrong = JUST_SHORT_ENOUGH.replace("10", "61")
    assert refuse_rule(wrong).startswith(f"{wrong[:50]!r} is neither daily, weekly, monthly nor a cron")


def test_a_sixth_field_is_refused_and_never_read_as_seconds() -> None:
    assert refuse_rule("0 0 6 * * 1").endswith("nor a cron expression of five fields such as 0 6 * * 1-5.")


def test_a_preview_shows_five_slots() -> None:
    start = datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert Schedule("daily", "UTC", start).preview(start) == [start + timedelta(days=day) for day in range(1, 6)]


def test_a_cron_rule_that_no_date_fits_has_no_slot() -> None:
    start = datetime(2026, 11, 22, 6, tzinfo=UTC)
    for end in (None, start + timedelta(days=9)):
        assert Schedule("0 0 */31 2 1#5", "UTC", start, end).next_slot(start) is None


def test_a_cron_rule_begins_with_its_start_when_that_is_a_slot() -> None:
    start = datetime(2026, 11, 22, 6, tzinfo=UTC)
    long_before = start - timedelta(days=1)
    assert Schedule("0 6 * * *", "UTC", start).next_slot(long_before) == start
    just_after = start + timedelta(microseconds=1)
    assert Schedule("0 6 * * *", "UTC", just_after).next_slot(long_before) == start + timedelta(days=1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("daily", datetime(2046, 11, 23, 6, tzinfo=UTC)),
        ("weekly", datetime(2046, 11, 25, 6, tzinfo=UTC)),
        ("monthly", datetime(2046, 12, 22, 6, tzinfo=UTC)),
    ],
)
def test_the_next_slot_is_right_after_twenty_years(rule: str, expected: datetime) -> None:
    start = datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert Schedule(rule, "UTC", start).next_slot(datetime(2046, 11, 22, 6, tzinfo=UTC)) == expected
