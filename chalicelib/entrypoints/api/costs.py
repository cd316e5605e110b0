"""Prices over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.schemas import listed
from chalicelib.costs import spot_quote
from chalicelib.costs.schemas import PRICE, price_record
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/prices", "own.look", gives=listed(PRICE))
def listing(request: Request) -> Response:
    """What a worker costs per hour on spot and on demand, for each worker type; empty if the site does not use spot."""
    return responses.as_json({"items": [price_record(price) for price in spot_quote.prices(request.now)], "next": None})
