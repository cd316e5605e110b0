"""The API's own description, OpenAPI 3.1, made from the routes and forms themselves, so that it cannot fall behind."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic.json_schema import models_json_schema

from chalicelib.core.errors import Conflict, Invalid, Outdated
from chalicelib.core.schemas import OBJECT, TEXT, WHOLE, Record, many, one_of
from chalicelib.identity import permissions
from chalicelib.web import operation_ids
from chalicelib.web.endpoint import Endpoint
from chalicelib.web.openapi_examples import example
from chalicelib.web.openapi_parameters import IDEMPOTENCY_KEY, IF_MATCH, QUERY

NOTHING_TO_SAY = 204
ELSEWHERE = 302
_REFS = "#/components/schemas/{model}"
_FIELD = Record("FieldError", field=TEXT, message=TEXT)
PROBLEM = Record("Problem", type=TEXT, title=TEXT, status=WHOLE, detail=TEXT)
_INVALID = PROBLEM.plus("Invalid", errors=many(_FIELD))
_OUTDATED = PROBLEM.plus("Outdated", record=OBJECT)
_CONFLICT = PROBLEM.with_optional("Conflict", limit=TEXT, budget=TEXT)

_ETAG = {"description": "The version of the record, for `If-Match`.", "schema": TEXT}


def document(endpoints: Iterable[Endpoint], server: str, version: str) -> dict[str, Any]:
    """The OpenAPI document of these endpoints."""
    endpoints = list(endpoints)
    forms = sorted({endpoint.body for endpoint in endpoints if endpoint.body}, key=lambda form: form.__name__)
    _, schemas = models_json_schema([(form, "validation") for form in forms], ref_template=_REFS)
    paths: dict[str, dict[str, Any]] = {}
    readable = {endpoint.path for endpoint in endpoints if endpoint.method == "GET"}
    for endpoint in endpoints:
        operation = _operation(endpoint, schemas.get("$defs", {}))
        if command := operation_ids.command(endpoint, readable):
            operation["x-command"] = command  # what the command-line client calls it
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    written = _Records()
    paths = written.named(paths)
    refused = written.named({_refusal(status): _refused(status) for status in REFUSALS})
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
            "responses": refused,
            "schemas": schemas.get("$defs", {}) | written.schemas,
        },
    }


def _operation(endpoint: Endpoint, schemas: dict[str, Any]) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", endpoint.path)
    summary, more = _sentences(endpoint.summary)
    operation: dict[str, Any] = {
        "operationId": operation_ids.of(endpoint),
        "tags": [operation_ids.tag(endpoint)],
        "summary": summary,
        **({"description": more} if more else {}),
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names),
            *({"name": name, "in": "query", "schema": _query_schema(endpoint, name)} for name in endpoint.query),
            *([IDEMPOTENCY_KEY] if endpoint.heeds_key else []),
            *([IF_MATCH] if endpoint.compares else []),
        ],
        "responses": {str(endpoint.status): _done(endpoint)}
        | {str(status): {"$ref": f"#/components/responses/{_refusal(status)}"} for status in refusals(endpoint)},
    }
    if endpoint.body:
        schema = {"$ref": _REFS.format(model=endpoint.body.__name__)}
        needed = bool(endpoint.body.model_json_schema().get("required"))
        content = {"schema": schema, "example": example(schema, schemas)}
        operation["requestBody"] = {"required": needed, "content": {"application/json": content}}
    if permissions.open_to_anybody(endpoint.action):
        operation["security"] = [{}, {"token": []}]
    return operation


def _sentences(text: str) -> tuple[str, str]:
    """The first sentence of a docstring, and the others."""
    first, _, others = re.sub(r"\s+", " ", text).strip().partition(". ")
    return first.removesuffix(".") + ".", others


def _query_schema(endpoint: Endpoint, name: str) -> dict[str, Any]:
    schema = QUERY[name] | (one_of(endpoint.choices[name]) if name in endpoint.choices else {})
    if "enum" in schema and schema.get("default") not in schema["enum"]:
        schema.pop("default", None)
    return {"minLength": 1} | schema if schema.get("type") == "string" else schema


def _done(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.status == ELSEWHERE:
        return {"description": "See the address in the header Location.", "headers": {"Location": {"schema": TEXT}}}
    if endpoint.status == NOTHING_TO_SAY:
        return {"description": "Done."}
    headers = {"headers": {"ETag": _ETAG}} if endpoint.gives and not endpoint.gives.is_list else {}
    return {"description": "Done.", "content": {"application/json": {"schema": endpoint.gives or OBJECT}}} | headers


REFUSALS = {
    400: "The request cannot be read: it is not JSON, or the cursor is not one of ours.",
    401: "The API token is missing or not valid.",
    403: "This token, or this person, may not do this.",
    404: "It does not exist, or this person may not see it: the two look the same.",
    409: "Not possible in the current state; the detail says why, and `limit` which limit is reached.",
    412: "The record has changed since you read it; `record` is what it is now.",
    413: "The request is too large.",
    415: "The content type is not supported; send JSON.",
    422: "The input is not valid; the errors name the fields.",
    429: "Too many invalid tokens from this address; Retry-After says when to come back.",
    500: "Our fault. The error has been logged; trying again may help.",
    503: "AWS is not answering. Nothing was lost; please try again.",
}
"""Why an endpoint may refuse, by status."""


def refusals(endpoint: Endpoint) -> list[int]:
    """The statuses with which an endpoint may refuse."""
    rule, sends = permissions.ACTIONS[endpoint.action], endpoint.method != "GET"
    possible = {
        400: sends or "cursor" in endpoint.query,
        403: rule.writes or "scope" in endpoint.query,
        404: "{" in endpoint.path or permissions.Role.PERSON not in rule.roles,
        409: rule.writes or endpoint.path.endswith("}/export") or "/compare/" in endpoint.path,
        412: endpoint.compares,
        413: sends,
        415: sends,
    }
    return [status for status in REFUSALS if possible.get(status, True)]


def _refusal(status: int) -> str:
    """What the document calls the answer of this status."""
    return f"Refusal{status}"


def _refused(status: int) -> dict[str, Any]:
    schemas = {Invalid.status: _INVALID, Outdated.status: _OUTDATED, Conflict.status: _CONFLICT}
    schema = schemas.get(status, PROBLEM)
    return {"description": REFUSALS[status], "content": {"application/problem+json": {"schema": schema}}}


class _Records:
    """The records met in a document, as its named schemas."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}

    def named(self, node: Any) -> Any:
        """The same with a reference for each record."""
        if isinstance(node, Record):
            if node.name not in self.schemas:
                self.schemas[node.name] = {}
                self.schemas[node.name] = self.named(node.schema())
            return {"$ref": _REFS.format(model=node.name)}
        if isinstance(node, dict):
            return {key: self.named(inner) for key, inner in node.items()}
        return [self.named(inner) for inner in node] if isinstance(node, list) else node
