"""Whether the API answers as its own description says. Every answer that a test gets from the API is held against it."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

PREFIX = "/api/v1"
EVERYWHERE = {405}
"""Chalice's own refusal of a method, which no operation can describe."""


def amiss(method: str, path: str, status: int, kind: str | None, body: Any) -> str:
    """What an answer has that its description has not, or the other way round; "" for nothing."""
    place = next((known for pattern, known in _patterns() if pattern.fullmatch(path.partition("?")[0])), None)
    operation = _document()["paths"].get(place, {}).get(method.lower())
    if operation is None:
        return "" if status in EVERYWHERE | {404} else f"{method} {path} is not described, and answers {status}"
    described = _response(operation, status)
    if described is None:
        return "" if status in EVERYWHERE else f"{method} {place} answers {status}, which is not described: {body}"
    kinds = described.get("content", {})
    if not kinds:
        return f"{method} {place} answers {status} with a body" if body is not None else ""
    if kind not in kinds:
        return f"{method} {place} answers {status} with {kind}, not {list(kinds)}"
    errors = [error.message for error in _validator(place, method.lower(), status, kind).iter_errors(body)]
    return f"{method} {place} answers {status}: {'; '.join(errors)}"[:2000] if errors else ""


@cache
def _document() -> dict[str, Any]:
    from chalicelib.entrypoints import addresses
    from chalicelib.web import openapi

    endpoints = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
    document: dict[str, Any] = json.loads(json.dumps(openapi.document(endpoints, "", "")))
    return document


def _response(operation: dict[str, Any], status: int) -> dict[str, Any] | None:
    described: dict[str, Any] | None = operation["responses"].get(str(status))
    if described and "$ref" in described:
        described = _document()["components"]["responses"][described["$ref"].rpartition("/")[2]]
    return described


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those without placeholders come first: /jobs/import is no job."""
    paths = sorted(_document()["paths"], key=lambda path: "{" in path)
    return [(re.compile(re.sub(r"{\w+}", "[^/]+", path.removeprefix(PREFIX))), path) for path in paths]


@cache
def _validator(path: str, method: str, status: int, kind: str) -> Draft202012Validator:
    content = (_response(_document()["paths"][path][method], status) or {})["content"]
    components = _closed({"schemas": _document()["components"]["schemas"]})
    return Draft202012Validator(_closed(content[kind]["schema"]) | {"components": components})


def _closed(schema: Any) -> Any:
    """The schema with no room for fields that it does not name, which clients should leave."""
    if isinstance(schema, list):
        return [_closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {name: _closed(inner) for name, inner in schema.items()}
    return (
        {"additionalProperties": False} | closed
        if isinstance(closed.get("properties"), dict) and "type" in closed
        else closed
    )
