"""What something has cost so far, before there is a receipt."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from chalicelib.clusters.models import Cluster
from chalicelib.costs import receipts

START = datetime(2026, 11, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lasted", "cost"),
    [
        (timedelta(hours=2), "1.2"),
        (timedelta(seconds=61), "0.01016667"),
        (timedelta(seconds=12), "0.01"),
        (timedelta(0), "0.01"),
    ],
)
def test_a_minute_is_charged_at_least(lasted: timedelta, cost: str) -> None:
    cluster = Cluster("c-1", per_hour="0.60", started_at=START)
    amount = receipts.cost_of(cluster, START + lasted).amount
    assert amount is not None
    assert round(amount, 8) == Decimal(cost)
