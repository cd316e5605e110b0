"""How long sessions last, and when the use of a session or token is recorded. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

LASTS = timedelta(hours=12)
"""After that one signs in again, however busy."""
MAX_IDLE = timedelta(hours=4)
"""After that long without a request a session has ended."""
NOTED_EVERY = timedelta(minutes=5)
"""How precisely the last use of a session or token is recorded, so that not every request costs a write."""


def is_live(
    created_at: datetime, used_at: datetime | None, expires_at: datetime, signed_out_at: datetime | None, now: datetime
) -> bool:
    """Whether a session still counts: not too old, not idle for too long, not ended by signing out everywhere."""
    if signed_out_at and created_at <= signed_out_at:
        return False
    return now < expires_at and now < (used_at or created_at) + MAX_IDLE


def is_worth_noting(used_at: datetime | None, now: datetime) -> bool:
    """Whether a use at this moment should be written down."""
    return used_at is None or now >= used_at + NOTED_EVERY
