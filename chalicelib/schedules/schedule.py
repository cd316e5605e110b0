"""When a job runs. A slot is a moment at which a run is due; slots are UTC, the wall clock of the job's zone decides.

Daily, weekly and monthly jobs keep the wall time of their start: monthly ones its day of the month, or the month's last.
A wall time that DST skips runs just after the gap, one that it doubles runs the first time only. What cron expressions mean
is said in cron.py.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from chalicelib.core.choices import Choice
from chalicelib.core.limits import LIMITS
from chalicelib.schedules import cron

_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_UNUSABLE_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""What tzdata lists beside zones: "no zone was chosen", and whichever zone a machine has."""


AFTER = "after"
"""The rule of a job that starts after another one: it has no slots."""
OBJECTS = "objects"
"""The rule of a job that starts when objects have arrived in S3: it has no slots, until there are some."""
WITHOUT_SLOTS = frozenset({AFTER, OBJECTS})


class Interval(Choice):
    """The rules that have a name of their own; all others are cron expressions."""

    DAILY = "daily", "Daily"
    WEEKLY = "weekly", "Weekly"
    MONTHLY = "monthly", "Monthly"


DAYS = {Interval.DAILY: 1, Interval.WEEKLY: 7, Interval.MONTHLY: 31}
"""How long a period lasts at the most."""


def is_interval(rule: str) -> bool:
    """Whether this is one of the rules with a name; if not, it is a cron expression."""
    return rule in tuple(Interval)


@dataclass(frozen=True)
class Schedule:
    """The rule (daily, weekly, monthly or a cron expression), its IANA zone, and the first and last moment (UTC)."""

    rule: str
    zone: str
    start: datetime
    end: datetime | None = None

    def next_slot(self, after: datetime) -> datetime | None:
        """The first slot later than `after`, not before the start; None when it would not be before the end."""
        slot = self.by_rule(max(after, self.start - timedelta(microseconds=1)))
        return None if slot is None or (self.end and slot >= self.end) else slot

    def by_rule(self, after: datetime) -> datetime | None:
        """The first moment later than `after` that the rule means, were there neither start nor end."""
        if self.rule in WITHOUT_SLOTS:
            return None
        return self._calendar(after) if is_interval(self.rule) else cron.next_moment(self.rule, self.zone, after)

    def previous_slot(self, before: datetime) -> datetime | None:
        """The last moment earlier than `before` that the rule means, also where that is before the start: what a run covers
        begins with it. Looked for in spans that double; None where cron finds nothing at all."""
        span = timedelta(hours=1)
        while True:
            earlier, slot = None, self.by_rule(before - span)
            while slot is not None and slot < before:
                earlier, slot = slot, self.by_rule(slot)
            if earlier or slot is None:
                return earlier
            span += span

    def preview(self, after: datetime, count: int = 5) -> list[datetime]:
        """The next slots, fewer when the schedule ends."""
        slots: list[datetime] = []
        while len(slots) < count and (slot := self.next_slot(slots[-1] if slots else after)):
            slots.append(slot)
        return slots

    def _calendar(self, after: datetime) -> datetime:
        periods = (after - self.start).days // DAYS[Interval(self.rule)]
        while self._nth(periods) > after:
            periods -= 1
        while (slot := self._nth(periods)) <= after:
            periods += 1
        return slot

    def _nth(self, periods: int) -> datetime:
        """The slot so many periods after the start, or before it; a start in the hour that comes twice is its own."""
        if periods == 0:
            return self.start.astimezone(UTC)
        first = self.start.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None, fold=0)
        if self.rule == Interval.MONTHLY:
            years, month = divmod(first.month - 1 + periods, 12)
            year, month = first.year + years, month + 1
            wall = first.replace(year=year, month=month, day=min(first.day, monthrange(year, month)[1]))
        else:
            wall = first + timedelta(days=periods * DAYS[Interval(self.rule)])
        return wall.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def refuse_rule(rule: str) -> str:
    """Why this is no rule, or ""."""
    if is_interval(rule) or rule in WITHOUT_SLOTS:
        return ""
    names = ", ".join(Interval)
    if len(rule) > LIMITS.rule or not cron.has_fields(rule):
        return f"{rule[:50]!r} is neither {names} nor a cron expression of five fields such as 0 6 * * 1-5."
    if not (wrong := cron.refusal(rule)):
        return ""
    return (
        f"{rule[:50]!r} is neither {names} nor a cron expression of five fields such as 0 6 * * 1-5"
        f" ({wrong}). The fields are minute, hour, day of month, month, day of week."
    )


@cache
def zones() -> list[str]:
    """The time zones to choose from; the many old aliases are left out."""
    return ["UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS)]


def is_zone(zone: str) -> bool:
    """Whether this is an IANA time zone, such as Europe/Berlin: one that is the same on every machine."""
    return zone in available_timezones() - _UNUSABLE_ZONES
