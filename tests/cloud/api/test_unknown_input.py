"""What an endpoint does not know is refused by name, on every endpoint: query parameters, body fields, kinds of bodies, cursors."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from chalicelib.entrypoints import addresses
from chalicelib.web.endpoint import Endpoint
from tests.support.http import Answer, Api

ENDPOINTS = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
CHANGING = [endpoint for endpoint in ENDPOINTS if endpoint.method != "GET"]
LISTS = [endpoint for endpoint in ENDPOINTS if "cursor" in endpoint.query]


def name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


@pytest.fixture(scope="module")
def cache() -> dict[str, Any]:
    """What the first test makes for all: an admin's one token, and the ids of their objects by the parameters of paths."""
    return {}


@pytest.fixture
def admin(api: Callable[[str], Api], cache: dict[str, Any]) -> Api:
    if "admin" not in cache:
        cache["admin"] = api("admin")
    admin: Api = cache["admin"]
    return admin


@pytest.fixture
def path_of(admin: Api, cache: dict[str, Any]) -> Callable[[Endpoint], str]:
    """An endpoint's path below the prefix, with the ids of objects that exist."""
    if "ids" not in cache:
        job, cluster = admin.schedule(f"unknown-input-{uuid4().hex[:8]}"), admin.launch()
        run = admin("POST", f"/jobs/{job['id']}/run").body
        cache["ids"] = {
            "job_id": job["id"], "cluster_id": cluster["id"], "key_id": cluster["ssh_key"], "run_id": run["id"],
            "version": "7.10.0", "username": "admin",
        }  # fmt: skip
    ids = cache["ids"]
    return lambda endpoint: re.sub(
        r"{(\w+)}", lambda match: ids.get(match[1], "x"), endpoint.path.removeprefix("/api/v1")
    )


def refused_fields(answer: Answer) -> list[str]:
    assert answer.status == 422, answer.body
    return [error["field"] for error in answer.body["errors"]]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name)
def test_query_parameters(admin: Api, endpoint: Endpoint) -> None:
    path = re.sub(r"{\w+}", "x", endpoint.path.removeprefix("/api/v1"))
    assert refused_fields(admin(endpoint.method, f"{path}?surprise=1&whose=all")) == ["surprise", "whose"]


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if one.query], ids=name)
def test_query_parameters_that_are_given_twice(admin: Api, endpoint: Endpoint) -> None:
    path, parameter = re.sub(r"{\w+}", "x", endpoint.path.removeprefix("/api/v1")), endpoint.query[-1]
    assert refused_fields(admin(endpoint.method, f"{path}?{parameter}=1&{parameter}=2")) == [parameter]


@pytest.mark.parametrize("endpoint", [one for one in ENDPOINTS if one.query], ids=name)
def test_query_parameters_without_a_value(admin: Api, endpoint: Endpoint) -> None:
    path, parameter = re.sub(r"{\w+}", "x", endpoint.path.removeprefix("/api/v1")), endpoint.query[-1]
    assert refused_fields(admin(endpoint.method, f"{path}?{parameter}=")) == [parameter]


def test_fields_that_are_given_twice(somebody: Api) -> None:
    job = somebody.schedule(f"twice-{uuid4().hex[:8]}")
    for body, field in (('{"size": 2, "size": 3}', "size"), ('{"parameters": {"a": 1, "a": 2}}', "a")):
        assert refused_fields(somebody("PATCH", f"/jobs/{job['id']}", body.encode())) == [field]
    assert somebody("GET", f"/jobs/{job['id']}").body["size"] == job["size"]


@pytest.mark.parametrize("endpoint", CHANGING, ids=name)
def test_body_fields(admin: Api, path_of: Callable[[Endpoint], str], endpoint: Endpoint) -> None:
    answer = admin(endpoint.method, path_of(endpoint), {"surprise": 1})
    assert "surprise" in refused_fields(answer)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain; charset=utf-8", "image/png"])
@pytest.mark.parametrize("endpoint", CHANGING, ids=name)
def test_kinds_of_bodies(admin: Api, endpoint: Endpoint, kind: str) -> None:
    path = re.sub(r"{\w+}", "x", endpoint.path.removeprefix("/api/v1"))
    assert admin(endpoint.method, path, b'{"size": 1}', Content_Type=kind).status == 415


def test_json_by_another_name_and_no_body_are_read(somebody: Api) -> None:
    job = somebody.schedule("kinds-of-json")
    for kind in ("application/json; charset=utf-8", "APPLICATION/JSON"):
        answer = somebody("PATCH", f"/jobs/{job['id']}", b'{"size": 2}', Content_Type=kind)
        assert (answer.status, answer.body["size"]) == (200, 2)
    assert somebody("POST", f"/jobs/{job['id']}/pause", b"", Content_Type="text/plain").status == 200


def packed(*position: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


FORGED = {
    "no base64": "!!!",
    "no json": base64.urlsafe_b64encode(b"\xff\xfe{").decode(),
    "too deep": base64.urlsafe_b64encode(b"[" * 5000).decode(),
    "no pair": packed("a", "b", "c"),
    "no time": packed("x-1", "yesterday"),
    "a number for a time": packed("x-1", 5),
    "no id": packed("", "2026-01-01T00:00:00.000000Z"),
    "a very long id": packed("x" * 3000, "2026-01-01T00:00:00.000000Z"),
    "half a character": packed("\ud800", "2026-01-01T00:00:00.000000Z"),
    "a huge number": "9" * 5000,
    "the first day": "0001-01-01T00:00:00Z#00",
    "a very long place": "2026-01-01T00:00:00Z#" + "0" * 2000,
    "a time without its zone": "2026-01-01T00:00:00",
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("endpoint", LISTS, ids=name)
def test_cursors(admin: Api, path_of: Callable[[Endpoint], str], endpoint: Endpoint, forged: str) -> None:
    """Such a cursor may by chance be one of this list's; then the list goes on from there. It never fails."""
    answer = admin("GET", f"{path_of(endpoint)}?cursor={quote(FORGED[forged], safe='')}")
    assert answer.status in (200, 400), answer.body
    if answer.status == 200:
        by_chance = ("the first day", "a huge number", "a very long place", "a time without its zone", "no base64")
        assert endpoint.path.endswith("/results") or forged in by_chance, "a file may have any name"
