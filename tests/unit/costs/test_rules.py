"""What spot saves: instance hours, the price on demand, the price paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.costs.rules import Machines, Offer, offer, percent, saving

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def machines(*each: tuple[str, int, str, str]) -> list[Machines]:
    return [Machines(kind, count, Decimal(on_demand), Decimal(paid)) for kind, count, on_demand, paid in each]


@pytest.mark.parametrize(
    ("each", "span", "hours", "on_demand", "paid", "saved", "percent"),
    [
        ([], timedelta(hours=3), "0.00", "0.00", "0.00", "0.00", 0),
        ([("m5.xlarge", 1, "0.24", "0.12")], timedelta(0), "0.00", "0.00", "0.00", "0.00", 50),
        ([("m5.xlarge", 1, "0.24", "0.12")], timedelta(hours=1), "1.00", "0.24", "0.12", "0.12", 50),
        ([("m5.xlarge", 4, "0.24", "0.12")], timedelta(minutes=90), "6.00", "1.44", "0.72", "0.72", 50),
        ([("m5.xlarge", 2, "0.24", "0.12")], timedelta(hours=25), "50.00", "12.00", "6.00", "6.00", 50),
        # Two types, of which spot took one of each.
        (
            [("m5.xlarge", 1, "0.24", "0.12"), ("m5a.xlarge", 1, "0.215", "0.115")],
            timedelta(hours=10), "20.00", "4.55", "2.35", "2.20", 48,
        ),
        # Billed by the second, shown in cents.
        ([("m5.xlarge", 3, "0.24", "0.12")], timedelta(seconds=100), "0.08", "0.02", "0.01", "0.01", 50),
        # Spot may be as dear as on demand, or dearer.
        ([("m5.xlarge", 2, "0.24", "0.24")], timedelta(hours=5), "10.00", "2.40", "2.40", "0.00", 0),
        ([("m5.xlarge", 1, "0.24", "0.30")], timedelta(hours=10), "10.00", "2.40", "3.00", "-0.60", -25),
        # A clock that ran backwards saves nothing.
        ([("m5.xlarge", 1, "0.24", "0.12")], -timedelta(hours=1), "0.00", "0.00", "0.00", "0.00", 50),
    ],
)  # fmt: skip
def test_what_is_saved(
    each: list[tuple[str, int, str, str]],
    span: timedelta,
    hours: str,
    on_demand: str,
    paid: str,
    saved: str,
    percent: int,
) -> None:
    result = saving(machines(*each), NOON, NOON + span)
    assert [str(result.instance_hours), str(result.on_demand), str(result.paid), str(result.saved)] == [
        hours, on_demand, paid, saved,
    ]  # fmt: skip
    assert result.percent == percent


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 30 * 3600), st.decimals("0.01", "30", places=4), st.integers(1, 100))
def test_what_is_saved_and_what_is_paid_is_what_it_costs_on_demand(
    count: int, seconds: int, on_demand: Decimal, share: int
) -> None:
    one = Machines("x", count, on_demand, on_demand * share / 100)
    result = saving([one], NOON, NOON + timedelta(seconds=seconds))
    assert result.saved + result.paid == result.on_demand
    assert 0 <= result.percent <= 100


@pytest.mark.parametrize(("paid", "less"), [("0", 100), ("0.1", 90), ("0.996", 0), ("1", 0), ("1.1", -10)])
def test_by_how_many_percent_less_is_paid(paid: str, less: int) -> None:
    assert percent(Decimal(1), Decimal(paid)) == less


def test_an_offer_spans_all_types() -> None:
    prices = [(Decimal("0.24"), Decimal("0.12")), (Decimal("0.215"), Decimal("0.1118"))]
    assert offer(prices) == Offer((Decimal("0.215"), Decimal("0.24")), (Decimal("0.1118"), Decimal("0.12")), (48, 50))
    assert offer([]) is None
