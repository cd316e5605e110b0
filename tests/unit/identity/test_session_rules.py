"""How long sessions last, and when a use is recorded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.identity import session_rules

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("age", "idle", "signed_out_ago", "live"),
    [
        (0, 0, None, True),
        (11.9, 0, None, True),
        (12, 0, None, False),
        (5, 3.9, None, True),
        (5, 4, None, False),
        (5, None, None, False),
        (5, 0, 6, True),
        (5, 0, 5, False),
        (5, 0, 4, False),
    ],
)
def test_how_long_a_session_lasts(age: float, idle: float | None, signed_out_ago: float | None, live: bool) -> None:
    created = NOW - age * HOUR
    used = None if idle is None else NOW - idle * HOUR
    signed_out = None if signed_out_ago is None else NOW - signed_out_ago * HOUR
    assert session_rules.is_live(created, used, created + session_rules.LASTS, signed_out, NOW) is live


def test_a_use_is_noted_every_few_minutes() -> None:
    assert session_rules.is_worth_noting(None, NOW)
    assert not session_rules.is_worth_noting(NOW - timedelta(minutes=4), NOW)
    assert session_rules.is_worth_noting(NOW - timedelta(minutes=5), NOW)
