"""Prices over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.costs import spot_quote
from chalicelib.costs.models import Price
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request
from chalicelib.web.schemas import AMOUNT, TEXT, TRUTH, Record, listed

routes = ApiRoutes(__name__)

PRICE = Record(
    "Price", Price, "instance_type", "listed_at", "spot_at", currency=TEXT, is_estimate=TRUTH, on_demand=AMOUNT, spot=AMOUNT
)  # fmt: skip


def record(price: Price) -> dict[str, Any]:
    """What an hour of one machine costs, US dollars as texts, EMR's charge included."""
    amounts = {"on_demand": str(price.hour_on_demand), "spot": str(price.hour_on_spot)}
    return PRICE.of(price, currency="USD", is_estimate=True, **amounts)


@routes.endpoint("/prices", "own.look", gives=listed(PRICE))
def listing(request: Request) -> Response:
    """What a worker costs per hour on spot and on demand, for each worker type; empty if the site does not use spot."""
    return responses.as_json({"items": [record(price) for price in spot_quote.prices(request.now)], "next": None})
