"""Numbers, moments and spans of time in words, for every place where people read them. Pure.

Moments are aware; spans are `timedelta`s; zones are IANA names, such as Europe/Berlin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from chalicelib.core.limits import MEGABYTE

_STACK = re.compile(r"^[ \t]*at [\w.$/<>]+\(|^Traceback \(most recent|^Driver stacktrace:", re.MULTILINE)
"""Where the stack of Java, or of Python, begins in a message."""
_JAVA_SAYS = re.compile(r"\.?\n: ")
"""Between what Py4J says and the error of Java."""


def plural(count: int, noun: str) -> str:
    """1 worker, 2 workers."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def times(count: int) -> str:
    """Such as "never", "once" or "three times"."""
    return {0: "never", 1: "once", 2: "twice", 3: "three times"}.get(count, f"{count} times")


def one_of(words: Iterable[object]) -> str:
    """Words to choose from: latest, all or skip."""
    *others, last = map(str, words)
    return f"{', '.join(others)} or {last}" if others else last


def megabytes(count: int) -> str:
    """A limit of bytes: 50 MB."""
    return f"{count / MEGABYTE:.0f} MB"


def size(count: int) -> str:
    """A number of bytes: 512 bytes, 12.3 kB, 4.5 MB."""
    if count < 1000:
        return f"{count} bytes"
    for unit, bytes_in_unit in (("kB", 1000), ("MB", 1000**2)):
        if count / bytes_in_unit < 1000:
            return f"{count / bytes_in_unit:.1f} {unit}"
    return f"{count / 1000**3:.1f} GB"


def hours(span: timedelta) -> str:
    """The whole hours of a span, such as "1 hour"."""
    return plural(span // timedelta(hours=1), "hour")


def minutes(span: timedelta) -> str:
    """The whole minutes of a span, such as "30 minutes"."""
    return plural(span // timedelta(minutes=1), "minute")


def duration(span: timedelta | None) -> str:
    """A span in its two largest units: 42 s, 3 min 5 s, 2 h 10 min; a dash for none."""
    if span is None:
        return "–"
    seconds = max(0, round(span.total_seconds()))
    if seconds >= 3600:
        return f"{seconds // 3600} h {seconds // 60 % 60} min"
    return f"{seconds // 60} min {seconds % 60} s" if seconds >= 60 else f"{seconds} s"


def hours_and_minutes(span: timedelta) -> str:
    """A span to the minute: 7 h 5 min, 12 min."""
    minutes = round(max(0.0, span.total_seconds()) / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def dollars(amount: Decimal) -> str:
    """US dollars to the cent: $1,234.50; what is less than half a cent and more than nothing is "less than $0.01"."""
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if amount > 0 and not rounded:
        return "less than $0.01"
    return f"-${-rounded:,}" if rounded < 0 else f"${abs(rounded):,}"


def about_dollars(amount: Decimal) -> str:
    """An estimate: about $1.50, or less than $0.01."""
    shown = dollars(amount)
    return shown if shown.startswith("less") else f"about {shown}"


def utc(moment: datetime) -> str:
    """To the minute: 2026-11-22 09:05 UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(moment: datetime) -> str:
    """The day in UTC: 2026-11-22."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def wall_clock(moment: datetime, zone: str) -> str:
    """On the clock of a zone: Mon 30 Nov, 06:00."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %-d %b, %H:%M}"


def wall_clock_with_zone(moment: datetime, zone: str) -> str:
    """On the clock of a zone, complete: Mon 30 Nov 2026, 06:00 (Europe/Berlin)."""
    return f"{moment.astimezone(ZoneInfo(zone)):%a %-d %b %Y, %H:%M} ({zone})"


def moment_for_people(moment: datetime, zone: str) -> str:
    """On the clock of a zone and in UTC: Mon 30 Nov 2026, 06:00 (Europe/Berlin), 2026-11-30 05:00 UTC."""
    return utc(moment) if zone == "UTC" else f"{wall_clock_with_zone(moment, zone)}, {utc(moment)}"


def time_of_day(moment: datetime) -> str:
    """On the clock that the moment has: 06:00."""
    return f"{moment:%H:%M}"


def form_value(moment: datetime, zone: str) -> str:
    """As browsers write a date and time without a zone: 2026-11-30T06:00."""
    return f"{moment.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}"


def one_line(text: str, max_length: int = 300) -> str:
    """The text on one line, cut to a length with an ellipsis; for lists, where a stack would hide everything else."""
    line = " ".join(text.split())
    return line if len(line) <= max_length else f"{line[: max_length - 1]}…"


def headline(text: str) -> str:
    """What a message says before its stack, on one line."""
    said = _STACK.split(text, maxsplit=1)[0]
    return one_line(_JAVA_SAYS.sub(": ", said)) or one_line(text)
