"""Prices, kept in DynamoDB. Only the sweep asks AWS for them, so no page and no launch ever waits for a price or fails
without one; and all processes share what one of them was told."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from decimal import Decimal

from pynamodb.expressions.update import Action

from chalicelib.aws import pricing
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.reading import read_together, reading_once
from chalicelib.core.tables import Key, already_read, find
from chalicelib.costs.machines import Market
from chalicelib.costs.models import Price

LISTED_EVERY = timedelta(days=1)
"""AWS changes prices on demand a few times a year."""
SPOT_EVERY = timedelta(hours=1)
"""Spot prices move gradually, over hours and days."""
STALE = timedelta(days=1)
"""A spot price older than that is not shown any more."""
LISTED_STALE = timedelta(days=7)
"""A listed price older than that is used, and said to be old."""
VOLUME_TYPE = "gp3"
"""What EMR attaches since 6.15:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-custom-ami-root-volume-size.html"""
VOLUME = f"ebs {VOLUME_TYPE}"
"""The record of what EBS charges."""


def known(instance_types: Iterable[str], now: datetime) -> dict[str, Price]:
    """The prices of those types of which we know all, by type. Never asks AWS's price list."""
    prices = {price.instance_type: price for price in Price.batch_get(list(dict.fromkeys(instance_types)))}
    return {name: price for name, price in prices.items() if _is_whole(price, now)}


def read(instance_types: Iterable[str]) -> dict[str, Price]:
    """Whatever is known of these types and of `VOLUME`, by type. Never asks AWS's price list."""
    price_keys = keys(instance_types)
    with nullcontext() if already_read.get() is not None else reading_once():
        read_together(price_keys)
        prices = [find(model, name) for model, name in price_keys]
    return {price.instance_type: price for price in prices if isinstance(price, Price)}


def keys(instance_types: Iterable[str]) -> list[Key]:
    """The records that `read` reads, for pages that read several in one call."""
    return [(Price, name) for name in dict.fromkeys([*instance_types, VOLUME])]


def _is_whole(price: Price, now: datetime) -> bool:
    fresh = price.spot_at is not None and now - price.spot_at <= STALE
    return fresh and price.hour_on_demand is not None and price.hour_on_spot is not None


def hour_of(price: Price | None, market: Market, now: datetime) -> Decimal | None:
    """What EC2 and EMR charge for an hour of a machine; None when it is not known, or was on spot too long ago."""
    if price is None:
        return None
    if market == Market.ON_DEMAND:
        return price.hour_on_demand
    return price.hour_on_spot if price.spot_at and now - price.spot_at <= STALE else None


def refresh(instance_types: Iterable[str], on_spot: Iterable[str], now: datetime) -> None:
    """Ask AWS for what we do not know of these types or have not asked for in a while: of all of them the listed prices, and the
    price on spot of those that may be `on_spot`. Called by the sweep.

    An AWS that does not answer is no error: the next sweep asks again. With the first call that fails this one gives up,
    so that it never takes long.
    """
    spot_names = set(on_spot)
    names = list(dict.fromkeys([*instance_types, VOLUME]))
    prices = read(names)
    every = [prices.get(name) or Price(name) for name in names]
    try:
        may_be_on_spot = [price for price in every if price.instance_type in spot_names]
        _refresh_spot([price for price in may_be_on_spot if _is_due(price.spot_at, SPOT_EVERY, now)], now)
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
    if price.instance_type == VOLUME:
        listed = [(Price.gb_month, pricing.ebs(VOLUME_TYPE))]
    else:
        name = price.instance_type
        listed = [(Price.on_demand, pricing.on_demand(name)), (Price.emr, pricing.emr_charge(name))]
    texts = [(attribute, _text(amount)) for attribute, amount in listed]
    actions: list[Action] = [attribute.set(text) if text else attribute.remove() for attribute, text in texts]
    price.update([*actions, Price.listed_at.set(now)])


def _text(price: Decimal | None) -> str | None:
    """To a hundredth of a cent; spot prices have no more."""
    return str(price.quantize(Decimal("0.0001"))) if price is not None else None
