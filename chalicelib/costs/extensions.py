"""What it costs that a cluster goes on for longer than it was launched for."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from chalicelib.costs import estimates
from chalicelib.costs.estimates import Estimate


def of_cluster(per_hour: str | None, size: int, hours: int, now: datetime) -> Estimate:
    """What so many more hours cost: by an hour's price as estimated at the launch, or by today's where there was none."""
    if not per_hour:
        return estimates.of_cluster(size, hours, now)
    price = Decimal(per_hour)
    return Estimate(price, price * hours, None, "By the price of an hour that was estimated at the cluster's launch.")
