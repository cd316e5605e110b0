"""What a month will have cost by its end, straight from the month so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.costs import forecast

TEN = Decimal("10.00")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2040, 4, 1, 23, 59, tzinfo=UTC), None),
        (datetime(2040, 4, 2, tzinfo=UTC), Decimal(300)),
        (datetime(2040, 4, 2, 0, 59, tzinfo=UTC), Decimal(300)),
        (datetime(2040, 4, 16, tzinfo=UTC), Decimal(20)),
        (datetime(2040, 2, 2, tzinfo=UTC), Decimal(290)),
        (datetime(2040, 5, 2, tzinfo=UTC), Decimal(310)),
        (datetime.fromisoformat("2040-05-01T01:00:00+02:00"), Decimal("10.00") * 720 / 719),
    ],
)
def test_a_month_goes_on_as_it_has_begun(now: datetime, expected: Decimal | None) -> None:
    assert forecast.by_month_end(TEN, now) == expected


def test_at_its_end_it_is_what_has_ended() -> None:
    last = datetime(2040, 6, 1, tzinfo=UTC) - timedelta(seconds=1)
    assert forecast.by_month_end(TEN, last) == Decimal("10.00") * 744 / 743
    assert forecast.by_month_end(Decimal(), last) == 0
