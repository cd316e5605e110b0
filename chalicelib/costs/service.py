"""Prices, kept in DynamoDB. Only the sweep asks AWS for them, so no page and no launch ever waits for a price or fails
without one; and all processes share what one of them was told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from chalicelib.aws import pricing
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.costs.models import Price

LISTED_EVERY = timedelta(days=1)
"""AWS changes prices on demand a few times a year."""
SPOT_EVERY = timedelta(hours=1)
"""Spot prices move gradually, over hours and days."""
STALE = timedelta(days=1)
"""A spot price older than that is not shown any more."""


def known(instance_types: Iterable[str], now: datetime) -> dict[str, Price]:
    """The prices of those types of which we know all, by type. Never asks AWS's price list."""
    prices = {price.instance_type: price for price in Price.batch_get(list(dict.fromkeys(instance_types)))}
    return {name: price for name, price in prices.items() if _is_whole(price, now)}


def _is_whole(price: Price, now: datetime) -> bool:
    fresh = price.spot_at is not None and now - price.spot_at <= STALE
    return fresh and price.hour_on_demand is not None and price.hour_on_spot is not None


def refresh(instance_types: Iterable[str], now: datetime) -> None:
    """Ask AWS for what we do not know of these types or have not asked for in a while. Called by the sweep.

    An AWS that does not answer is no error: the next sweep asks again. With the first call that fails this one gives up,
    so that it never takes long.
    """
    names = list(dict.fromkeys(instance_types))
    prices = {price.instance_type: price for price in Price.batch_get(names)}
    every = [prices.get(name) or Price(name) for name in names]
    try:
        _refresh_spot([price for price in every if _is_due(price.spot_at, SPOT_EVERY, now)], now)
        for price in every:
            if _is_due(price.listed_at, LISTED_EVERY, now):
                _refresh_listed(price, now)
    except Unavailable:
        logger.warning("prices_postponed")


def _is_due(asked_at: datetime | None, every: timedelta, now: datetime) -> bool:
    return asked_at is None or now - asked_at >= every


def _refresh_spot(prices: list[Price], now: datetime) -> None:
    """One call for all types."""
    spot_prices = pricing.spot([price.instance_type for price in prices], now) if prices else {}
    for price in prices:
        spot = _text(spot_prices.get(price.instance_type))
        price.update([Price.spot.set(spot) if spot else Price.spot.remove(), Price.spot_at.set(now)])


def _refresh_listed(price: Price, now: datetime) -> None:
    on_demand, emr = _text(pricing.on_demand(price.instance_type)), _text(pricing.emr_charge(price.instance_type))
    price.update(
        [
            Price.on_demand.set(on_demand) if on_demand else Price.on_demand.remove(),
            Price.emr.set(emr) if emr else Price.emr.remove(),
            Price.listed_at.set(now),
        ]
    )


def _text(price: Decimal | None) -> str | None:
    """To a hundredth of a cent; spot prices have no more."""
    return str(price.quantize(Decimal("0.0001"))) if price is not None else None
