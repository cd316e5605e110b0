"""The slots of schedules, counted out by the calendar: no code of chalicelib, so that it can be checked against it."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CRONS: dict[str, Callable[[datetime], bool]] = {
    "0 6 * * 1-5": lambda wall: (wall.hour, wall.minute) == (6, 0) and wall.weekday() < 5,
    "15 */4 * * *": lambda wall: wall.minute == 15 and wall.hour % 4 == 0,
    "0 0 29 2 *": lambda wall: (wall.month, wall.day, wall.hour, wall.minute) == (2, 29, 0, 0),
    "0 3 L * *": lambda wall: wall.day == monthrange(wall.year, wall.month)[1] and (wall.hour, wall.minute) == (3, 0),
    "*/30 8-9 1 * *": lambda wall: wall.day == 1 and wall.hour in (8, 9) and wall.minute % 30 == 0,
}
"""Expressions, and which minutes of a clock they mean."""


def slots(rule: str, zone: str, start: datetime, until: datetime) -> list[datetime]:
    """Every slot from the start on, until that moment (not included), in UTC."""
    slots = _by_minutes(CRONS[rule], zone, start, until) if rule in CRONS else _by_days(rule, zone, start, until)
    return [slot for slot in slots if start <= slot < until]


def _by_days(rule: str, zone: str, start: datetime, until: datetime) -> Iterator[datetime]:
    first = start.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    day = first.date()
    while day <= until.date() + timedelta(days=1):
        if _is_a_day_of(rule, first, day):
            yield datetime.combine(day, first.time(), ZoneInfo(zone)).astimezone(UTC)
        day += timedelta(days=1)


def _is_a_day_of(rule: str, first: datetime, day: date) -> bool:
    if rule == "monthly":
        return day.day == min(first.day, monthrange(day.year, day.month)[1])
    return rule == "daily" or day.weekday() == first.weekday()


def _by_minutes(matches: Callable[[datetime], bool], zone: str, start: datetime, until: datetime) -> Iterator[datetime]:
    """For zones whose clock is never changed. Days without a slot at any of some minutes are not looked at by minutes."""
    minute = datetime.combine(start.date(), time(), UTC)
    while minute < until:
        if matches(minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None)):
            yield minute
        minute += timedelta(minutes=15)
