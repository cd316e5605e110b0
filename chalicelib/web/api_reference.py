"""The API's OpenAPI document as people read it. Pure: the document in, operations out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_PLACE = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class Parameter:
    """A parameter of the query or a header, and what it means in words, "" where its name says so."""

    name: str
    place: str
    meaning: str


@dataclass(frozen=True)
class Operation:
    """One operation, with `more` about it than its summary. `curl` does it from a shell where TOKEN is set, and the names in the
    path; `command` does it by the command-line client; `body` is an example. Texts are "" for none."""

    id: str
    method: str
    path: str
    summary: str
    more: str
    parameters: tuple[Parameter, ...]
    body: str
    curl: str
    command: str


def groups(document: Mapping[str, Any], url: str) -> dict[str, list[Operation]]:
    """The operations of a deployment at this address by what they belong to, in the document's order."""
    grouped: dict[str, list[Operation]] = {}
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            grouped.setdefault(described["tags"][0], []).append(_operation(path, method.upper(), described, url))
    return grouped


def _operation(path: str, method: str, described: Mapping[str, Any], url: str) -> Operation:
    example = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    body = "" if example is None else json.dumps(example, indent=2)
    return Operation(
        described["operationId"],
        method,
        path,
        described["summary"].replace("`", ""),
        described.get("description", "").replace("`", ""),
        tuple(_parameters(described)),
        body,
        _curl(path, method, example, url),
        _command(path, example, described.get("x-command", "")),
    )


def _parameters(described: Mapping[str, Any]) -> Iterator[Parameter]:
    for parameter in described["parameters"]:
        schema = parameter["schema"]
        words = parameter.get("description") or schema.get("description", "")
        choices = f"One of {', '.join(map(str, schema['enum']))}." if "enum" in schema else ""
        if parameter["in"] != "path":
            yield Parameter(parameter["name"], parameter["in"], f"{words} {choices}".strip().replace("`", ""))


def _curl(path: str, method: str, example: Any, url: str) -> str:
    """A line for a shell. The names in the path are its variables: `$job_id`."""
    words = ["curl", *(["-X", method] if method != "GET" else []), '-H "Authorization: Bearer $TOKEN"']
    if example is not None:
        words += ['-H "Content-Type: application/json"', "-d", shlex.quote(json.dumps(example))]
    address = url + _PLACE.sub(r"$\1", path)
    return " ".join([*words, f'"{address}"'])


def _command(path: str, example: Any, command: str) -> str:
    """The same by the command-line client, which has its own token and address."""
    if not command:
        return ""
    line = " ".join(["atmo", command, *(f'"${place}"' for place in _PLACE.findall(path))])
    return line if example is None else f"printf %s {shlex.quote(json.dumps(example))} | {line} --input -"
