"""The API as a whole: its routes and its description."""

from __future__ import annotations

import json
from functools import cache

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.core.schemas import OBJECT, TEXT, Record, many
from chalicelib.core.version import VERSION
from chalicelib.entrypoints.api.audit import routes as audit
from chalicelib.entrypoints.api.clusters import routes as clusters
from chalicelib.entrypoints.api.comparison import routes as comparison
from chalicelib.entrypoints.api.costs import routes as costs
from chalicelib.entrypoints.api.import_export import routes as import_export
from chalicelib.entrypoints.api.jobs import routes as jobs
from chalicelib.entrypoints.api.keys import routes as keys
from chalicelib.entrypoints.api.news import routes as news
from chalicelib.entrypoints.api.notebooks import routes as notebooks
from chalicelib.entrypoints.api.ownership import routes as ownership
from chalicelib.entrypoints.api.reconciliation import routes as reconciliation
from chalicelib.entrypoints.api.releases import routes as releases
from chalicelib.entrypoints.api.shares import routes as shares
from chalicelib.entrypoints.api.site_settings import routes as site_settings
from chalicelib.entrypoints.api.tokens import routes as tokens
from chalicelib.web import openapi, responses
from chalicelib.web.blueprint import ApiRoutes
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
    tokens,
    keys,
    clusters,
    jobs,
    import_export,
    comparison,
    notebooks,
    shares,
    releases,
    news,
    costs,
    site_settings,
    reconciliation,
    audit,
    ownership,
]


@description.endpoint("/openapi.json", "site.look", gives=DOCUMENT)
def openapi_document(request: Request) -> Response:
    """This document."""
    return responses.as_json_text(_document(settings().portal_url))


@cache
def _document(portal_url: str) -> str:
    """The document as JSON, made once a process: it takes as long as a hundred small pages."""
    endpoints = [endpoint for blueprint in BLUEPRINTS for endpoint in blueprint.endpoints]
    return json.dumps(openapi.document(endpoints, portal_url, VERSION))
