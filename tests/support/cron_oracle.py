"""The moments that a cron expression means, counted out minute by minute: neither cronsim nor any code of chalicelib."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))


def moments(rule: str, zone: str, begin: datetime, until: datetime) -> list[datetime]:
    """Every moment of an expression of numbers, lists, ranges and steps, from `begin` on and before `until`, in UTC.

    Hours that begin with a star are every minute's of the clock; others are wall times: not those that come a second time,
    and, at the minute after a gap, those that the gap has skipped.
    """
    fields = [_values(field, *RANGES[number]) for number, field in enumerate(rule.split())]
    starred = [field.startswith("*") for field in rule.split()]
    counted, moment = [], begin.replace(second=0, microsecond=0) - MINUTE
    before, _ = _shown(zone, moment)
    while (moment := moment + MINUTE) < until:
        wall, again = _shown(zone, moment)
        walls = [wall] if starred[1] else _first_shown(before, wall, again)
        if moment >= begin and any(_fits(each, fields, starred) for each in walls):
            counted.append(moment)
        before = wall
    return counted


@cache
def _shown(zone: str, moment: datetime) -> tuple[datetime, bool]:
    """What the zone's clock shows at a moment, and whether it has shown that before."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.replace(tzinfo=None, fold=0), bool(local.fold)


def _first_shown(before: datetime, wall: datetime, again: bool) -> list[datetime]:
    """The wall times that count at this minute: its own unless it comes again, and those skipped just before it."""
    if again:
        return []
    skipped = max(0, (wall - before) // MINUTE - 1)
    return [wall - MINUTE * number for number in range(skipped + 1)]


def _fits(wall: datetime, fields: list[set[int]], starred: list[bool]) -> bool:
    minutes, hours, days, months, weekdays = fields
    if wall.minute not in minutes or wall.hour not in hours or wall.month not in months:
        return False
    by_day, by_weekday = wall.day in days, bool({wall.isoweekday(), wall.isoweekday() % 7} & weekdays)
    return by_day and by_weekday if starred[2] or starred[4] else by_day or by_weekday


def _values(field: str, low: int, high: int) -> set[int]:
    values: set[int] = set()
    for term in field.split(","):
        span, _, step = term.partition("/")
        first, dash, last = (str(low), "-", str(high)) if span == "*" else span.partition("-")
        values |= set(range(int(first), int(last if dash else first) + 1, int(step or 1)))
    return values
