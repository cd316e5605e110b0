"""What the portal can do, as its OpenAPI document says: each operation becomes the command that its `x-command` names. Pure.

`GET /clusters` is `atmo clusters ls`, `GET /clusters/{cluster_id}` is `atmo clusters show ID`, and
`POST /clusters/{cluster_id}/extend` is `atmo clusters extend ID --hours 3`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PREFIX = "/api/v1/"
NOTEBOOK = "Notebook"
"""The schema of a field that is given as a file."""
_OWN = ("all", "help", "input", "json")
"""Options that every command has; a field of that name is called otherwise."""


@dataclass(frozen=True)
class Option:
    """A field of a body, or a parameter of a query. `kind` is string, integer, number, boolean, object, array or file."""

    name: str
    kind: str
    is_query: bool
    is_required: bool = False
    choices: tuple[str, ...] = ()
    default: Any = None
    help: str = ""

    @property
    def flag(self) -> str:
        return "--" + ("field-" if self.name in _OWN else "") + self.name.replace("_", "-")


@dataclass(frozen=True)
class Operation:
    """One operation: `atmo GROUP VERB`, with the values of its `places` in this order."""

    group: str
    verb: str
    method: str
    path: str
    places: tuple[str, ...]
    options: tuple[Option, ...]
    summary: str
    is_list: bool
    is_file: bool

    def at(self, values: Mapping[str, str]) -> str:
        """The path with the places filled, after /api/v1."""
        from urllib.parse import quote

        return "/" + re.sub(r"{(\w+)}", lambda place: quote(values[place[1]], safe=""), self.path)


def operations(document: dict[str, Any]) -> list[Operation]:
    """The operations of a document, in its order."""
    return [
        _operation(document, path.removeprefix(PREFIX), method.upper(), operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if "x-command" in operation
    ]


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> Operation:
    places = tuple(re.findall(r"{(\w+)}", path))
    is_list = {"items", "next"} <= _answer(document, operation).get("properties", {}).keys()
    options = (*_query(operation), *_body(document, operation))
    group, verb = operation["x-command"].split()
    return Operation(
        group,
        verb,
        method,
        path,
        places,
        options,
        operation["summary"],
        is_list,
        "302" in operation["responses"],
    )


def _answer(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    """The schema of what the operation answers with."""
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            return _resolved(document, response.get("content", {}).get("application/json", {}).get("schema", {}))
    return {}


def _query(operation: dict[str, Any]) -> list[Option]:
    parameters = [each for each in operation.get("parameters", []) if each["in"] == "query"]
    return [_option(each["name"], each["schema"], is_query=True) for each in parameters if each["name"] != "cursor"]


def _body(document: dict[str, Any], operation: dict[str, Any]) -> list[Option]:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = _resolved(document, content.get("schema", {}))
    required = schema.get("required", [])
    return [_option(name, field, name in required) for name, field in schema.get("properties", {}).items()]


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    resolved: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return resolved


def _option(name: str, schema: dict[str, Any], is_required: bool = False, is_query: bool = False) -> Option:
    first = next((each for each in schema.get("anyOf", [schema]) if _means_something(each)), schema)
    if str(first.get("$ref", "")).endswith(f"/{NOTEBOOK}"):
        return Option(name, "file", is_query, is_required, help="A notebook file.")
    choices = tuple(map(str, first.get("enum", ())))
    default = schema.get("default", first.get("default"))
    return Option(
        name, first.get("type", "string"), is_query, is_required, choices, default, _help(schema, first, default)
    )


def _means_something(schema: dict[str, Any]) -> bool:
    """Not null, and not the empty text that stands for a field that is left out."""
    return schema.get("type") != "null" and schema.get("pattern") != "^\\s*$"


def _help(schema: dict[str, Any], first: dict[str, Any], default: Any) -> str:
    bounds = [f"{word} {first[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in first]
    examples = first.get("examples", [])
    notes = [
        str(schema.get("description", "")),
        " ".join(bounds),
        f"such as {examples[-1]}" if examples else "",
        f"default {default}" if default not in (None, "") else "",
    ]
    return "; ".join(note for note in notes if note)
