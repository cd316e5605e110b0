"""Cron expressions where the clock is put forward and back, against an oracle that counts out minutes; and how they are written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.schedules import cron
from chalicelib.schedules.schedule import Schedule, is_zone, refuse_rule
from tests.support import cron_oracle

CHANGES = {
    "Europe/Berlin": ("2027-03-28T01:00Z", "2027-10-31T01:00Z"),
    "America/New_York": ("2027-03-14T07:00Z", "2027-11-07T06:00Z"),
    "Australia/Lord_Howe": ("2027-10-02T15:30Z", "2027-04-03T15:00Z"),
    "Africa/Cairo": ("2027-04-29T22:00Z", "2027-10-28T21:00Z"),
    "America/Santiago": ("2027-09-05T04:00Z", "2027-04-04T03:00Z"),
    "Antarctica/Troll": ("2027-03-28T01:00Z", "2027-10-31T01:00Z"),
    "Asia/Kolkata": ("2027-03-28T01:00Z",),
    "UTC": ("2027-03-28T01:00Z",),
}
"""Zones and moments at which their clocks change: by an hour, half an hour or two, at night and at midnight."""

changes = st.sampled_from([(zone, datetime.fromisoformat(at)) for zone, ats in CHANGES.items() for at in ats])
minutes = st.sampled_from(["0", "30", "*", "*/15", "0,45", "10-40/10", "59"])
hours = st.sampled_from(["*", "*/2", "*/3", "0", "1", "2", "3", "1-3", "0-23", "2,14", "0-6/2", "23"])
days = st.sampled_from(["*", "*", "*", "28", "*/2", "31"])
weekdays = st.sampled_from(["*", "*", "*", "0", "1-5", "6,7"])
rules = st.builds(lambda *fields: " ".join([*fields[:3], "*", fields[3]]), minutes, hours, days, weekdays)


def test_the_clocks_change_then() -> None:
    for zone, moments in CHANGES.items():
        for at in map(datetime.fromisoformat, moments):
            before, after = ((at + timedelta(minutes=n)).astimezone(ZoneInfo(zone)).utcoffset() for n in (-1, 0))
            assert (before != after) == (zone not in ("UTC", "Asia/Kolkata")), (zone, at)


def walked(rule: str, zone: str, begin: datetime, until: datetime) -> list[datetime]:
    moments, after = [], begin - timedelta(seconds=1)
    while (moment := cron.next_moment(rule, zone, after)) and moment < until:
        moments.append(moment)
        after = moment
    return moments


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        ("30 2 * * *", "2027-03-28", ["01:00"]),  # in Berlin 02:00 to 03:00 is skipped: 03:00
        ("*/15 2 * * *", "2027-03-28", ["01:00"]),
        ("30 2,3 * * *", "2027-03-28", ["01:00", "01:30"]),
        ("30 */2 * * *", "2027-03-28", ["02:30", "04:30"]),  # 04:30 and 06:30; there is no 02:30
        ("30 2 * * *", "2027-10-31", ["00:30"]),  # 02:00 to 03:00 comes twice: the first time
        ("*/30 2 * * *", "2027-10-31", ["00:00", "00:30"]),
        ("30 * * * *", "2027-10-31", ["00:30", "01:30", "02:30", "03:30", "04:30"]),
    ],
)
def test_the_nights_in_berlin_by_hand(rule: str, day: str, expected: list[str]) -> None:
    begin = datetime.fromisoformat(f"{day}T00:00Z")
    moments = walked(rule, "Europe/Berlin", begin, begin + timedelta(hours=5))
    assert [f"{moment:%H:%M}" for moment in moments] == expected


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("@hourly", "0 * * * *"),
        ("@daily", "0 0 * * *"),
        ("@Midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * SUN"),
        ("@monthly", "0 0 1 * *"),
        ("@yearly", "0 0 1 1 *"),
        ("@annually", "0 0 1 1 *"),
        ("0 6 ? * MON", "0 6 * * 1"),
        ("0 6 1 * ?", "0 6 1 * *"),
        ("0 6 * * FRI-MON", "0 6 * * FRI,SAT,SUN,MON"),
        ("0 6 * * 5-1", "0 6 * * 0,1,5,6"),
        ("0 6 * * fri-sun", "0 6 * * FRI,SAT,SUN"),
        ("0 6 * * WED,SAT-SUN", "0 6 * * 3,6,0"),
        ("0 6 * * 5-7", "0 6 * * 5,6,0"),
        ("0 6 * * MON-MON", "0 6 * * MON"),
    ],
)
def test_what_other_systems_write(written: str, same: str) -> None:
    assert refuse_rule(written) == ""
    start = datetime(2027, 1, 1, tzinfo=UTC)
    assert Schedule(written, "Europe/Berlin", start).preview(start, 12) == Schedule(
        same, "Europe/Berlin", start
    ).preview(start, 12)
    assert cron.explained(written)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("0 6 L * *", ["2027-01-31", "2027-02-28", "2027-03-31"]),
        ("0 6 LW * *", ["2027-01-29", "2027-02-26", "2027-03-31"]),
        ("0 6 * * 5L", ["2027-01-29", "2027-02-26", "2027-03-26"]),
        ("0 6 * * FRI#2", ["2027-01-08", "2027-02-12", "2027-03-12"]),
    ],
)
def test_last_days_and_numbered_weekdays(rule: str, expected: list[str]) -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC)
    assert [f"{slot:%Y-%m-%d}" for slot in Schedule(rule, "UTC", start).preview(start, 3)] == expected


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("@reboot", "the nicknames are @hourly, @daily"),
        ("@dayly", "the nicknames are"),
        ("? 6 * * *", "Bad minute"),
        ("0 6 * NOV-FEB *", "Bad month"),
        ("0 22-2 * * *", "Bad hour"),
        ("0 6 * * FRI-MON/2", "Bad day-of-week"),
        ("0 6 31 2 *", "Bad day-of-month"),
    ],
)
def test_what_is_refused_says_what_is_wrong(rule: str, sentence: str) -> None:
    assert sentence in refuse_rule(rule)


@pytest.mark.parametrize("zone", ["localtime", "posixrules", "Factory", "", "posix/Europe/Berlin"])
def test_zones_that_are_another_one_on_each_machine_are_refused(zone: str) -> None:
    assert not is_zone(zone)


@settings(max_examples=60, deadline=None)
@given(rule=rules, change=changes, before=st.integers(0, 20 * 60))
def test_moments_are_those_counted_out(rule: str, change: tuple[str, datetime], before: int) -> None:
    zone, at = change
    begin = at - timedelta(minutes=before)
    until = begin + timedelta(days=1)
    counted = cron_oracle.moments(rule, zone, begin, until)
    assert walked(rule, zone, begin, until) == counted


@settings(max_examples=120, deadline=None)
@given(rule=rules, change=changes, seconds=st.integers(-12 * 3600, 12 * 3600))
def test_from_any_moment_the_next_is_the_first_one_counted(
    rule: str, change: tuple[str, datetime], seconds: int
) -> None:
    zone, at = change
    after = at + timedelta(seconds=seconds)
    counted = cron_oracle.moments(rule, zone, after + timedelta(seconds=1), after + timedelta(days=1))
    if counted:
        assert cron.next_moment(rule, zone, after) == counted[0]


@settings(max_examples=80, deadline=None)
@given(rule=rules, change=changes, seconds=st.integers(-12 * 3600, 36 * 3600))
def test_the_slot_before_is_the_last_one_counted(rule: str, change: tuple[str, datetime], seconds: int) -> None:
    zone, at = change
    before = at + timedelta(seconds=seconds)
    counted = cron_oracle.moments(rule, zone, before - timedelta(days=1), before)
    if counted:
        assert Schedule(rule, zone, before).previous_slot(before) == counted[-1]
