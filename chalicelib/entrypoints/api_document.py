"""The OpenAPI document of all endpoints, which loads all of them."""

from __future__ import annotations

from functools import cache
from typing import Any

from chalicelib.core.version import VERSION
from chalicelib.entrypoints import addresses
from chalicelib.web import openapi


@cache
def document(portal_url: str) -> dict[str, Any]:
    """The document, made once a process: it takes as long as a hundred small pages."""
    endpoints = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
    return openapi.document(endpoints, portal_url, VERSION)
