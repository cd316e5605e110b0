"""The API as a whole: its routes and its description."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit.api import routes as audit
from chalicelib.clusters.api import routes as clusters
from chalicelib.config import settings
from chalicelib.costs.api import routes as prices
from chalicelib.jobs.api import routes as jobs
from chalicelib.jobs.comparison.api import routes as history
from chalicelib.jobs.exchange.api import routes as exchange
from chalicelib.jobs.notebooks.api import routes as notebooks
from chalicelib.keys.api import routes as keys
from chalicelib.news.api import routes as news
from chalicelib.ownership.api import routes as ownership
from chalicelib.reconciliation.api import routes as reconciliations
from chalicelib.releases.api import routes as releases
from chalicelib.shares.api import routes as shares
from chalicelib.site.api import routes as site
from chalicelib.users.api import routes as users
from chalicelib.version import VERSION
from chalicelib.web import answers, openapi
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.records import OBJECT, TEXT, Record, many
from chalicelib.web.request import Request

description = ApiRoutes(__name__)
DOCUMENT = Record(
    "OpenApiDocument",
    openapi=TEXT,
    info=OBJECT,
    servers=many(OBJECT),
    security=many(OBJECT),
    paths=OBJECT,
    components=OBJECT,
)
BLUEPRINTS = [
    description,
    users,
    keys,
    clusters,
    jobs,
    exchange,
    history,
    notebooks,
    shares,
    releases,
    news,
    prices,
    site,
    reconciliations,
    audit,
    ownership,
]


@description.endpoint("/openapi.json", "site.look", gives=DOCUMENT)
def openapi_document(request: Request) -> Response:
    """This document."""
    endpoints = [endpoint for blueprint in BLUEPRINTS for endpoint in blueprint.endpoints]
    return answers.as_json(openapi.document(endpoints, settings().portal_url, VERSION))
