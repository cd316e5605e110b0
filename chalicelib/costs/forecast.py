"""What a month will have cost by its end. Pure: nothing here reads a clock or calls AWS."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from decimal import Decimal

HOUR = timedelta(hours=1)
EARLIEST = 24
"""From how many hours of the month on there is a forecast: less says little about the rest."""
BASIS = "At the pace of this month so far: what has ended in it, divided by the hours gone, times the hours of the month, in UTC."


def by_month_end(so_far: Decimal, now: datetime) -> Decimal | None:
    """What the month of `now` costs if it goes on as it has begun, or None in its first day. It changes from hour to hour."""
    moment = now.astimezone(UTC)
    gone = (moment - moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)) // HOUR
    if gone < EARLIEST:
        return None
    return so_far * 24 * monthrange(moment.year, moment.month)[1] / gone
