"""How near estimates came to receipts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.costs import accuracy
from chalicelib.costs.models import ReceiptLine


def line(number: int, estimated: str | None, amount: str | None, job_id: str | None = None) -> ReceiptLine:
    return ReceiptLine(
        "2026-11", f"c-{number}", name=f"n{number}", job_id=job_id, estimated=estimated, receipt_amount=amount
    )


def test_the_median_either_way_who_was_near_and_who_was_furthest_off() -> None:
    pairs = [
        ("1.10", "1.00"),
        ("0.80", "1.00"),
        ("1.00", "1.00"),
        ("3.00", "2.00"),
        ("0.95", "1.00"),
        ("1.105", "1.00"),
    ]
    lines = [line(number, *pair) for number, pair in enumerate(pairs)]
    result = accuracy.of_lines(lines, of_runs=False)
    assert result is not None
    assert (result.count, result.median_percent, result.near) == (6, Decimal("10.2"), 3)
    assert [(one.id, one.percent) for one in result.furthest] == [
        ("c-3", Decimal("50.0")), ("c-1", Decimal("-20.0")), ("c-5", Decimal("10.5")),
    ]  # fmt: skip


@pytest.mark.parametrize(("estimated", "amount"), [(None, None), (None, "1.00"), ("1.00", None), ("1.00", "0.000000")])
def test_what_has_not_both_is_not_compared(estimated: str | None, amount: str | None) -> None:
    assert accuracy.of_lines([line(0, estimated, amount)], of_runs=False) is None


def test_runs_and_clusters_are_apart() -> None:
    lines = [line(0, "2.00", "1.00", job_id="j-1"), line(1, "1.00", "1.00")]
    of_runs, of_clusters = (accuracy.of_lines(lines, of_runs=which) for which in (True, False))
    assert of_runs
    assert of_clusters
    assert (of_runs.median_percent, of_clusters.median_percent) == (Decimal("100.0"), Decimal("0.0"))
    assert (of_runs.near, of_clusters.near) == (0, 1)


AMOUNTS = st.decimals("0.01", "1000", places=2)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), min_size=1, max_size=20))
def test_the_median_is_no_further_off_than_the_furthest(pairs: list[tuple[Decimal, Decimal]]) -> None:
    result = accuracy.of_lines([line(n, str(a), str(b)) for n, (a, b) in enumerate(pairs)], of_runs=False)
    assert result is not None
    assert result.count == len(pairs)
    assert Decimal(0) <= result.median_percent <= abs(result.furthest[0].percent)
    assert 0 <= result.near <= result.count
