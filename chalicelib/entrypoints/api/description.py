"""The description of the API, which loads all of it."""

from __future__ import annotations

import json
from functools import cache

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.core.schemas import OBJECT, TEXT, Record, many
from chalicelib.entrypoints.api_document import document
from chalicelib.web import responses
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
    return responses.as_json_text(_text(settings().portal_url))


@cache
def _text(portal_url: str) -> str:
    return json.dumps(document(portal_url))
