"""The prices that the sweep has stored."""

from __future__ import annotations

from chalicelib.costs.models import Price


def forget_prices() -> None:
    """As if the sweep had not asked for any yet."""
    for price in Price.scan():
        price.delete()
