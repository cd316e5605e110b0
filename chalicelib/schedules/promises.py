"""What a job promises: its result by a time of day, such as 09:00 by the clock of its zone. Pure: nothing here reads a clock or
calls AWS.

Each day has one promised moment. It is about the last slot before it, unless that is one that the promised moment before was about
already. So a job that runs each hour promises its last result before nine, and one that runs on Mondays nothing on Tuesdays.
"""

from __future__ import annotations

import re
from datetime import datetime

from chalicelib.schedules import cron
from chalicelib.schedules.schedule import Schedule

TIME_OF_DAY = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def next_moment(promised_by: str, zone: str, after: datetime) -> datetime:
    """The first moment later than `after` at which the zone's clock shows this time; just after a gap that it falls into."""
    hour, minute = promised_by.split(":")
    moment = cron.next_moment(f"{int(minute)} {int(hour)} * * *", zone, after)
    if moment is None:
        raise ValueError(f"{promised_by} does not come again in {zone}")
    return moment


def slot_of(timing: Schedule, promised_by: str, zone: str, moment: datetime) -> datetime | None:
    """The slot that a promised moment is about; None where the schedule has none of its own for it."""
    slot = timing.previous_slot(min(moment, timing.end) if timing.end else moment)
    if slot is None or slot < timing.start:
        return None
    return slot if next_moment(promised_by, zone, slot) == moment else None


def moment_of(timing: Schedule, promised_by: str | None, zone: str, slot: datetime) -> datetime | None:
    """By when the result of a slot is promised; None where it is not, as that of a later slot is."""
    if not promised_by:
        return None
    moment = next_moment(promised_by, zone, slot)
    return moment if slot_of(timing, promised_by, zone, moment) == slot else None
