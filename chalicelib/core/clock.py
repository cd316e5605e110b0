"""The one place that asks what time it is. Rules never do: they take `now` as an argument."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

SMALLEST = timedelta(microseconds=1)
"""What two moments differ by at least, as they are stored."""


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def use(source: Callable[[], datetime]) -> None:
    """Take the time from `source`, which returns aware UTC times. The embedded cloud's faster clock is installed here."""
    global _source
    _source = source


def text(moment: datetime) -> str:
    """`moment` as RFC 3339 in UTC with `Z` and microseconds, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def whole_second(moment: datetime) -> str:
    """`moment`, or the next whole second, as Step Functions takes timestamps: 2026-11-27T05:00:00Z."""
    later = moment.astimezone(UTC) + timedelta(seconds=bool(moment.microsecond))
    return f"{later:%Y-%m-%dT%H:%M:%SZ}"


def parse(moment: str) -> datetime:
    """The aware UTC time of an RFC 3339 text.

    Raises:
        ValueError: the text is no time, or has no offset.
    """
    parsed = datetime.fromisoformat(moment)
    if parsed.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    try:
        return parsed.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment} is in no year of UTC") from None


def in_utc(moment: datetime, zone: str) -> datetime:
    """A moment in UTC; one without an offset is a wall time of the zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
