"""The description of the API, which loads all of it."""

from __future__ import annotations

import json
from functools import cache

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.core.schemas import OBJECT, TEXT, Record, many
from chalicelib.core.version import VERSION
from chalicelib.entrypoints import addresses
from chalicelib.web import openapi, responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)
DOCUMENT = Record(
    "OpenApiDocument",
    openapi=TEXT,
    info=OBJECT,
    servers=many(OBJECT),
    security=many(OBJECT),
    paths=OBJECT,
    components=OBJECT,
)


@routes.endpoint("/openapi.json", "site.look", gives=DOCUMENT)
def openapi_document(request: Request) -> Response:
    """This document."""
    return responses.as_json_text(_document(settings().portal_url))


@cache
def _document(portal_url: str) -> str:
    """The document as JSON, made once a process: it takes as long as a hundred small pages."""
    endpoints = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
    return json.dumps(openapi.document(endpoints, portal_url, VERSION))
