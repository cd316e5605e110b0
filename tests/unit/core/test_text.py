"""Everything in words that people read: numbers, moments, spans. Nothing else in the code formats any of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chalicelib.core import text

ROOT = Path(__file__).resolve().parents[3]
MOMENT = datetime(2026, 11, 30, 5, 0, 59, tzinfo=UTC)  # a Monday, 06:00 in Berlin
FORMATS = re.compile(r"strftime|%H:%M(?!:%SZ)|//\s*3600|\"s\" if")
"""How moments, spans and plurals are put into words by hand. Times with seconds and a Z are for programs."""


@pytest.mark.parametrize(
    ("words", "arguments", "expected"),
    [
        (text.plural, (0, "worker"), "0 workers"),
        (text.plural, (1, "worker"), "1 worker"),
        (text.plural, (2, "worker"), "2 workers"),
        (text.times, (0,), "never"),
        (text.times, (1,), "once"),
        (text.times, (3,), "three times"),
        (text.times, (4,), "4 times"),
        (text.one_of, (["latest"],), "latest"),
        (text.one_of, (["latest", "all"],), "latest or all"),
        (text.one_of, ([7, 30, 90],), "7, 30 or 90"),
        (text.megabytes, (50_000_000,), "50 MB"),
        (text.size, (0,), "0 bytes"),
        (text.size, (999,), "999 bytes"),
        (text.size, (12_345,), "12.3 kB"),
        (text.size, (4_500_000,), "4.5 MB"),
        (text.size, (1_200_000_000,), "1.2 GB"),
        (text.hours, (timedelta(hours=1, minutes=59),), "1 hour"),
        (text.hours, (timedelta(days=1),), "24 hours"),
        (text.minutes, (timedelta(seconds=119),), "1 minute"),
        (text.minutes, (timedelta(hours=1),), "60 minutes"),
        (text.duration, (None,), "–"),
        (text.duration, (timedelta(seconds=-3),), "0 s"),
        (text.duration, (timedelta(seconds=42),), "42 s"),
        (text.duration, (timedelta(seconds=59.6),), "1 min 0 s"),
        (text.duration, (timedelta(minutes=3, seconds=5),), "3 min 5 s"),
        (text.duration, (timedelta(hours=1),), "1 h 0 min"),
        (text.duration, (timedelta(hours=26, minutes=10),), "26 h 10 min"),
        (text.hours_and_minutes, (timedelta(minutes=-1),), "0 min"),
        (text.hours_and_minutes, (timedelta(seconds=59 * 60 + 31),), "1 h 0 min"),
        (text.hours_and_minutes, (timedelta(hours=7, minutes=5),), "7 h 5 min"),
        (text.utc, (MOMENT,), "2026-11-30 05:00 UTC"),
        (text.utc, (MOMENT.astimezone(ZoneInfo("Asia/Tokyo")),), "2026-11-30 05:00 UTC"),
        (text.day, (MOMENT,), "2026-11-30"),
        (text.wall_clock, (MOMENT, "Europe/Berlin"), "Mon 30 Nov, 06:00"),
        (text.wall_clock_with_zone, (MOMENT, "Europe/Berlin"), "Mon 30 Nov 2026, 06:00 (Europe/Berlin)"),
        (text.time_of_day, (MOMENT,), "05:00"),
        (text.form_value, (MOMENT, "Europe/Berlin"), "2026-11-30T06:00"),
        (text.one_line, ("a\n  b",), "a b"),
        (
            text.headline,
            ("An error occurred.\n: java.lang.E: no\n\tat x.Y(Z)\n\tat x.Y(Z)",),
            "An error occurred: java.lang.E: no",
        ),
        (text.headline, ("ValueError: no\nTraceback (most recent call last):\n  File",), "ValueError: no"),
        (text.headline, ("\tat x.Y(Z)",), "at x.Y(Z)"),
        (text.headline, ("It was cancelled at noon (UTC).",), "It was cancelled at noon (UTC)."),
        (text.one_line, ("abcdef", 5), "abcd…"),
    ],
)
def test_in_words(words: Callable[..., str], arguments: tuple[object, ...], expected: str) -> None:
    assert words(*arguments) == expected


def test_nothing_else_puts_moments_spans_or_plurals_into_words() -> None:
    code = [path for path in (ROOT / "chalicelib").rglob("*.py") if path != ROOT / "chalicelib/core/text.py"]
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]
    assert len(code) > 100
    assert len(pages) > 50
    at = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in [*code, *pages]
        for match in FORMATS.finditer(path.read_text())
    ]
    assert at == []


def test_an_estimate_is_about_right_or_next_to_nothing() -> None:
    assert text.about_dollars(Decimal("1.499")) == "about $1.50"
    assert text.about_dollars(Decimal("0.001")) == "less than $0.01"
    assert text.about_dollars(Decimal(0)) == "about $0.00"
