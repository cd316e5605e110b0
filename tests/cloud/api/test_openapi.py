"""The API's description of itself. That answers keep to it is held by every test that asks the API (tests/support/contract.py)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.clusters.schemas import CLUSTER
from chalicelib.core.fields import read
from chalicelib.core.schemas import TEXT, Record, listed
from chalicelib.entrypoints import addresses
from chalicelib.runs.schemas import RUN
from chalicelib.web import openapi, operation_ids
from chalicelib.web.endpoint import Endpoint
from localaws.cloud import LocalCloud
from tests.support import contract
from tests.support.http import Api

ENDPOINTS = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]


def name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=name)
def test_every_endpoint_says_what_it_gives(endpoint: Endpoint) -> None:
    assert (endpoint.gives is None) == (endpoint.status in (openapi.NOTHING_TO_SAY, openapi.ELSEWHERE))


def records(node: Any) -> Iterator[Record]:
    if isinstance(node, Record):
        yield node
        yield from records(node.schema())
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from records(inner)


def test_no_two_records_have_one_name() -> None:
    schemas: dict[str, Any] = {}
    for record in (record for endpoint in ENDPOINTS for record in records(endpoint.gives)):
        assert (
            str(schemas.setdefault(record.name, record.schema())).split(" at 0x")[0]
            == str(record.schema()).split(" at 0x")[0]
        )
    forms = {endpoint.body.__name__ for endpoint in ENDPOINTS if endpoint.body}
    assert forms & schemas.keys() == set()
    assert {"Cluster", "ClusterList", "Job", "Run", "Key", "Release", "Token", "Share", "AuditEntry"} <= schemas.keys()


def test_no_two_operations_have_one_id() -> None:
    ids = [operation_ids.of(endpoint) for endpoint in ENDPOINTS]
    assert [one for one, times in Counter(ids).items() if times > 1] == []
    assert all(one.isidentifier() for one in ids)


@pytest.mark.parametrize("endpoint", [endpoint for endpoint in ENDPOINTS if endpoint.body], ids=name)
def test_the_example_of_a_body_is_accepted(cloud: LocalCloud, endpoint: Endpoint) -> None:
    operation = contract._document()["paths"][endpoint.path][endpoint.method.lower()]
    assert endpoint.body
    read(endpoint.body, operation["requestBody"]["content"]["application/json"]["example"])


def test_a_text_that_is_looked_for_is_not_empty(cloud: LocalCloud) -> None:
    """A parameter without a value is refused, so the document does not allow one."""
    operations = [one for path in contract._document()["paths"].values() for one in path.values()]
    texts = [
        one["schema"]
        for operation in operations
        for one in operation["parameters"]
        if one["in"] == "query" and one["schema"].get("type") == "string"
    ]
    assert texts
    assert [schema for schema in texts if not schema.get("minLength") and "" not in schema.get("enum", ())] == []


def test_each_refusal_is_worded_once() -> None:
    text = json.dumps(contract._document())
    assert [sentence for sentence in openapi.REFUSALS.values() if text.count(json.dumps(sentence)) != 1] == []


def test_types_are_those_of_the_table() -> None:
    said = CLUSTER.schema()["properties"]
    assert said["jobflow_id"] == {"type": ["string", "null"]}
    assert said["expires_at"] == {"type": "string", "format": "date-time"}
    assert said["size"] == {"type": "integer"}
    assert "FAILED_TO_LAUNCH" in said["status"]["enum"]
    assert RUN.schema()["properties"]["trigger"]["enum"] == [
        "schedule",
        "manual",
        "retry",
        "repair",
        "backfill",
        "after",
        "objects",
    ]
    assert set(RUN.schema()["required"]) == set(RUN.schema()["properties"])


def test_a_field_cannot_be_forgotten_or_made_up() -> None:
    record = Record("Example", given=TEXT)
    assert record.of(given="x") == {"given": "x"}
    for wrong in ({}, {"given": "x", "more": "y"}):
        with pytest.raises(TypeError):
            record.of(**wrong)
    assert listed(record).name == "ExampleList"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"items": [], "next": None, "previous": None, "searched": None}, ""),
        ({"items": [], "previous": None, "searched": None}, "'next' is a required property"),
        ({"items": [], "next": None, "previous": None, "searched": None, "more": 1}, "'more' was unexpected"),
        ({"items": [{"id": "k-1"}], "next": None, "previous": None, "searched": None}, "required property"),
    ],
)
def test_an_answer_that_is_not_as_described_is_noticed(body: Any, says: str) -> None:
    complaint = contract.amiss("GET", "/keys?limit=1", 200, "application/json", body)
    assert says in complaint if says else complaint == ""


def test_a_status_that_is_not_described_is_noticed() -> None:
    assert "answers 418" in contract.amiss("GET", "/keys", 418, "application/problem+json", {})
    assert "with text/html" in contract.amiss("GET", "/keys", 200, "text/html", {})
    assert "is not described" in contract.amiss("GET", "/secrets", 200, "application/json", {})


def test_refusals_that_are_possible_are_described(somebody: Api) -> None:
    described = contract._document()["paths"]["/api/v1/jobs/{job_id}/run"]["post"]["responses"]
    assert set(described) == {"202", "400", "401", "403", "404", "409", "413", "415", "422", "429", "500", "503"}
    assert somebody("GET", "/keys", Authorization="").status == 401
    assert somebody("POST", "/keys", b"x", Content_Type="image/png").status == 415
    assert somebody("POST", "/keys", b"x" * 6_500_000).status == 413
