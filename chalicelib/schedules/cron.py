"""Cron expressions by the clock of a time zone: five fields, `@daily` and its like, and what other systems write besides.

`cronsim` says which wall times an expression means, as Debian's cron reads it: when both days are restricted either
suffices, `L` is a month's last day, `LW` its last weekday, `5L` the last Friday, `5#2` the second. What clocks that are put
forward or back make of wall times is decided here, by the hour field:

- Hours that are named (`30 2 * * *`, `*/15 1-3 * * *`) are wall times, each of which runs once: those that a day skips run
  together just after the gap, and those that it has twice run the first time.
- Hours that begin with `*` count time as it passes: one that a day skips does not run, one that it has twice runs twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

FIELDS = 5
"""`cronsim` would read a sixth as seconds."""
ALIASES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
"""Debian's nicknames; `@reboot` is none of ours. https://manpages.debian.org/bookworm/cron/crontab.5.en.html"""
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NEAR = timedelta(days=1)
"""As much as a zone's clock has ever been put forward or back at once."""
_MINUTE = timedelta(minutes=1)
_ANY_MOMENT = datetime.min.replace(tzinfo=UTC)
"""What `cronsim` wants even where nothing is counted from it."""


def normalized(expression: str) -> str:
    """The expression in five fields of `cronsim`'s: nicknames written out, `?` as `*` in the two day fields, and ranges of
    weekdays that pass the week's end (`FRI-MON`) as the two that they are made of."""
    minute, hour, day, month, weekday = ALIASES.get(expression.strip().lower(), expression).upper().split()
    terms = ",".join(_within_a_week(term) for term in weekday.split(","))
    return " ".join([minute, hour, "*" if day == "?" else day, month, "*" if weekday == "?" else terms])


def _within_a_week(term: str) -> str:
    """`FRI-MON` as `5-6,0-1`; every other term as it is."""
    first, _, last = term.partition("-")
    if (begin := _weekday(first)) is None or (end := _weekday(last)) is None or begin <= end:
        return term
    return f"{begin}-6,0-{end}"


def _weekday(name: str) -> int | None:
    if name in WEEKDAYS:
        return WEEKDAYS.index(name)
    return int(name) if re.fullmatch("[0-7]", name) else None


def has_fields(expression: str) -> bool:
    """Whether this has five fields, or is meant as a nickname."""
    return expression.strip().startswith("@") or len(expression.split()) == FIELDS


def refusal(expression: str) -> str:
    """What is wrong with an expression that has fields, or "" when nothing is."""
    if expression.strip().startswith("@") and expression.strip().lower() not in ALIASES:
        return f"the nicknames are {', '.join(ALIASES)}"
    try:
        CronSim(normalized(expression), _ANY_MOMENT)
    except CronSimError as error:
        return str(error)
    return ""


def explained(expression: str) -> str:
    """In words, such as "At 06:00 from Monday through Friday"."""
    return CronSim(normalized(expression), _ANY_MOMENT).explain()


def next_moment(expression: str, zone: str, after: datetime) -> datetime | None:
    """The first moment later than `after`, in UTC; None when there is none within fifty years."""
    clock = ZoneInfo(zone)
    change = _change_near(clock, after)
    first: datetime | None = None
    for slot in _walls(expression, _wall(after, clock) - change):
        later = [moment for moment in _moments(expression, slot, clock) if moment > after]
        first = min([*later, *([first] if first else [])], default=None)
        if first and slot >= _wall(first, clock) + change:
            break
    return first


def _change_near(clock: ZoneInfo, moment: datetime) -> timedelta:
    """By how much the zone's clock is put forward or back within a day of a moment; walls as far apart may change places."""
    offsets = [_wall(each, clock) - _wall(each, UTC) for each in (moment - _NEAR, moment + _NEAR)]
    return max(offsets) - min(offsets)


def _wall(moment: datetime, clock: tzinfo) -> datetime:
    """What the zone's clock shows at a moment."""
    return moment.astimezone(clock).replace(tzinfo=None)


def _walls(expression: str, after: datetime) -> Iterator[datetime]:
    """Wall times later than this one, whether or not the zone's clock shows them, and however often."""
    return CronSim(normalized(expression), after)


def _moments(expression: str, wall: datetime, clock: ZoneInfo) -> list[datetime]:
    """When a wall time runs, in UTC: once or, by hours that count time as it passes, never or twice. May name a moment twice."""
    first, second = (wall.replace(tzinfo=clock, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _is_skipped(wall, clock):
        return [] if _passes(expression) else [_end_of_gap(wall, clock)]
    return [first, second] if _passes(expression) else [first]


@lru_cache(maxsize=256)
def _passes(expression: str) -> bool:
    """Whether the hours count time as it passes, rather than being wall times."""
    return normalized(expression).split()[1].startswith("*")


def _is_skipped(wall: datetime, clock: ZoneInfo) -> bool:
    return _wall(wall.replace(tzinfo=clock).astimezone(UTC), clock) != wall


def _end_of_gap(wall: datetime, clock: ZoneInfo) -> datetime:
    while _is_skipped(wall, clock):
        wall += _MINUTE
    return wall.replace(tzinfo=clock).astimezone(UTC)
