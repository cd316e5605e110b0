"""The first slots of a schedule that is not a job's yet."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.fields import Form
from chalicelib.jobs.field_types import Moment, Rule, Zone
from chalicelib.schedules.schedule import Schedule
from chalicelib.schedules.slots import before_first


class Timing(Form):
    """The part of a job that says when it runs."""

    schedule: Rule
    timezone: Zone = "UTC"
    start_date: Moment | None = None
    end_date: Moment | None = None


def first_slots(timing: Timing, now: datetime) -> list[datetime]:
    """The next few slots, in UTC; none where the schedule ends before its first."""
    start = clock.in_utc(timing.start_date, timing.timezone) if timing.start_date else now
    end = clock.in_utc(timing.end_date, timing.timezone) if timing.end_date else None
    schedule = Schedule(timing.schedule, timing.timezone, start, end)
    return schedule.preview(before_first(schedule, now))
