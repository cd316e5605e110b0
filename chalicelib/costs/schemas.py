"""How the API represents prices."""

from __future__ import annotations

from typing import Any

from chalicelib.core.schemas import AMOUNT, TEXT, TRUTH, Record
from chalicelib.costs.models import Price

PRICE = Record(
    "Price", Price, "instance_type", "listed_at", "spot_at", currency=TEXT, is_estimate=TRUTH, on_demand=AMOUNT, spot=AMOUNT
)  # fmt: skip


def price_record(price: Price) -> dict[str, Any]:
    """What an hour of one machine costs, US dollars as texts, EMR's charge included."""
    amounts = {"on_demand": str(price.hour_on_demand), "spot": str(price.hour_on_spot)}
    return PRICE.of(price, currency="USD", is_estimate=True, **amounts)
