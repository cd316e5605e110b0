"""When EventBridge's schedule expressions are due."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from cronsim import CronSim


def next_time(expression: str, after: datetime) -> datetime:
    """When a schedule expression, `rate(5 minutes)` or `cron(0 12 * * ? *)`, is next due.

    Raises:
        ValueError: EventBridge would not take the expression.
    """
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression):
        return after + timedelta(**{rate[2] + "s": int(rate[1])})
    if cron := re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)", expression):
        return _next_cron(*cron.groups(), after=after)
    raise ValueError(f"EventBridge has no schedule expression {expression}")


def _next_cron(minute: str, hour: str, day: str, month: str, weekday: str, year: str, *, after: datetime) -> datetime:
    # EventBridge counts weekdays from 1 = SUN, cron from 0; its ? is cron's *.
    weekday = re.sub(r"(?<![#/\d])[1-7]", lambda number: str(int(number[0]) - 1), weekday)
    text = " ".join([minute, hour, day, month, weekday]).replace("?", "*")
    years = _years(year)
    for moment in CronSim(text, after.astimezone(UTC)):
        if years is None or moment.year in years:
            return moment
        if moment.year > max(years):
            break
    raise ValueError(f"cron({minute} {hour} {day} {month} {weekday} {year}) is never due again")


def _years(field: str) -> set[int] | None:
    if field == "*":
        return None
    years: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        years.update(range(int(first), int(last or first) + 1))
    return years
