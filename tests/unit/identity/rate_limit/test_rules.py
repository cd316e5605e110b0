"""When failures are too many, and what counts as one place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.identity.rate_limit import rules

NOW = datetime(2026, 11, 22, 12, 0, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("unknown", "unknown"),
        ("", "unknown"),
    ],
)
def test_networks(source: str, network: str) -> None:
    assert rules.network(source) == network


def test_too_many() -> None:
    assert rules.wait(rules.ALLOWED, NOW) == 0
    assert rules.wait(rules.ALLOWED + 1, NOW) == 40


@given(st.integers(0, 4 * 10**9), st.integers(0, 10**6))
def test_the_wait_ends_with_the_window(moment: int, count: int) -> None:
    now = datetime.fromtimestamp(moment, UTC)
    wait = rules.wait(count, now)
    assert 0 <= wait <= rules.WINDOW
    if wait:
        assert rules.window("token", "x", now + timedelta(seconds=wait)) != rules.window("token", "x", now)


def test_sixty_failures_a_minute_are_answered() -> None:
    assert rules.wait(60, NOW) == 0
    assert rules.wait(61, NOW) == 40
    assert rules.wait(61, NOW.replace(second=0)) == 60


def test_a_counter_is_named_by_its_minute() -> None:
    minute = int(NOW.timestamp()) // 60
    assert rules.window("token", "203.0.113.7", NOW) == f"token 203.0.113.7 {minute}"
