"""Examples of what endpoints take, made of their forms' schemas: the least that each form accepts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
_OF_FORMATS = {
    "date": "2040-01-31",
    "date-time": "2040-01-31T06:00:00Z",
    "email": "data-team@example.com",
    "uri": "https://hooks.example.com/atmo",
}
_OF_TYPES: dict[str, Any] = {"string": "flights", "boolean": True, "array": [], "object": {}}


def example(schema: Schema, named: Mapping[str, Schema]) -> Any:
    """A value that fits a schema; `named` are those that it may refer to. Of an object what it needs, or else its first field."""
    if "$ref" in schema:
        return example(named[schema["$ref"].rpartition("/")[2]], named)
    samples = [*schema.get("examples", ()), *schema.get("enum", ()), schema.get("default")]
    if samples[0] is not None:
        return samples[0]
    if "anyOf" in schema:
        return example(next(one for one in schema["anyOf"] if one.get("type") != "null"), named)
    return _of_type(schema, named)


def _of_type(schema: Schema, named: Mapping[str, Schema]) -> Any:
    if properties := schema.get("properties"):
        needed = schema.get("required") or list(properties)[:1]
        return {name: example(properties[name], named) for name in properties if name in needed}
    if schema.get("minItems"):
        return [example(schema["items"], named)]
    if schema.get("type") == "integer":
        return schema.get("minimum", 1)
    return _OF_FORMATS.get(schema.get("format", "")) or _OF_TYPES[schema.get("type", "string")]
