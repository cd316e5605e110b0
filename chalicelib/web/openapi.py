"""The API's own description, OpenAPI 3.1, made from the routes and forms themselves, so that it cannot fall behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from chalicelib import permissions
from chalicelib.web.blueprint import Endpoint
from chalicelib.web.paging import DEFAULT_LIMIT, MAX_LIMIT

_REFS = "#/components/schemas/{model}"
_PROBLEM = {
    "type": "object",
    "required": ["title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

QUERY: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
    "cursor": {"type": "string", "description": "What `next` of the page before said."},
    "whose": {
        "type": "string",
        "enum": ["mine", "shared", "all"],
        "default": "mine",
        "description": "One's own, those shared with one, or (for maintainers and admins) everybody's.",
    },
    "notebook": {"type": "string", "enum": ["yes", "no"], "default": "yes"},
    "status": {
        "type": "string",
        "enum": ["QUEUED", "STARTING", "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "SKIPPED"],
        "description": "Only these; a page may be short and yet have a `next`.",
    },
    "person": {"type": "string", "description": "A user name; atmo for what the system did by itself."},
    "object": {"type": "string", "description": "The id of a cluster, a job or a key, or a user name."},
    "state": {"type": "string", "enum": ["active", "terminated", "failed", "all"], "default": "all"},
}
"""What may be asked in the query of some endpoints."""
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "Repeat it with a request that is sent again: the first one's outcome is the answer.",
    "schema": {"type": "string", "maxLength": 200},
}


def document(endpoints: Iterable[Endpoint], server: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of these endpoints."""
    endpoints = list(endpoints)
    forms = sorted({endpoint.body for endpoint in endpoints if endpoint.body}, key=lambda form: form.__name__)
    _, schemas = models_json_schema([(form, "validation") for form in forms], ref_template=_REFS)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "atmo",
            "version": version,
            "description": "Spark clusters and scheduled notebooks on AWS EMR.",
        },
        "servers": [{"url": server or "/"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas.get("$defs", {}) | {"Problem": _PROBLEM},
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", endpoint.path)
    operation: dict[str, Any] = {
        "summary": endpoint.summary.split("\n")[0],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names),
            *({"name": name, "in": "query", "schema": QUERY[name]} for name in endpoint.query),
            *([_IDEMPOTENCY_KEY] if endpoint.idempotent else []),
        ],
        "responses": {str(endpoint.status): {"description": "Done."}, "default": _problem()},
    }
    if endpoint.status != 204:
        operation["responses"][str(endpoint.status)]["content"] = {"application/json": {"schema": {"type": "object"}}}
    if endpoint.body:
        schema = {"$ref": _REFS.format(model=endpoint.body.__name__)}
        needed = bool(endpoint.body.model_json_schema().get("required"))
        operation["requestBody"] = {"required": needed, "content": {"application/json": {"schema": schema}}}
    if permissions.open_to_anybody(endpoint.action):
        operation["security"] = [{}, {"token": []}]
    return operation


def _problem() -> dict[str, Any]:
    schema = {"$ref": _REFS.format(model="Problem")}
    return {"description": "Refused, and why.", "content": {"application/problem+json": {"schema": schema}}}
