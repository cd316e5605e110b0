"""The API's contract: paths, fields, statuses, and one shape for every error."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.support.http import RELEASE, TINY, Api, fresh_key

CLUSTER_FIELDS = {
    "id", "identifier", "status", "size", "lifetime", "lifetime_extension_count", "emr_release", "ssh_key", "jobflow_id",
    "master_address", "owner", "created_at", "started_at", "ready_at", "expires_at", "finished_at", "status_reason",
}  # fmt: skip
RUN_FIELDS = {
    "id", "job", "status", "attempt", "trigger", "jobflow_id", "emr_release", "size", "scheduled_at", "started_at", "ready_at",
    "finished_at", "status_reason",
}  # fmt: skip
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
CELL_OF_NUMBERS = TINY | {
    "cells": [{"cell_type": "code", "id": "a", "metadata": {}, "execution_count": None, "outputs": [], "source": 7}]
}
JOB: dict[str, Any] = {
    "identifier": "a-job", "description": "a test", "notebook": {"name": "tiny.ipynb", "content": TINY}, "size": 1,
    "schedule": "daily", "job_timeout": 1, "start_date": "2040-01-01T06:00:00Z", "emr_release": RELEASE,
}  # fmt: skip


def test_me(somebody: Api) -> None:
    answer = somebody("GET", "/me")
    assert answer.status == 200
    assert answer.body["email"] == f"{answer.body['username']}@example.org"
    assert answer.body["groups"] == []


@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}]
)
def test_without_a_valid_token_nothing_is_answered(cloud: LocalCloud, sent: dict[str, str]) -> None:
    answer = urllib3.request("GET", f"{cloud.portal_url}/api/v1/clusters", headers=sent)
    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert {"title", "status", "detail"} <= answer.json().keys()


def test_keys(somebody: Api) -> None:
    public = fresh_key()
    added = somebody("POST", "/keys", {"title": "laptop", "key": public + " me@laptop"})
    assert added.status == 201
    assert {"id", "title", "fingerprint", "created_at"} <= added.body.keys()
    assert added.body["fingerprint_md5"].startswith("MD5:")
    assert TIME.fullmatch(added.body["created_at"])
    assert somebody("GET", "/keys").body == {"items": [added.body], "next": None, "previous": None, "searched": None}
    assert somebody("GET", f"/keys/{added.body['id']}").body == added.body
    assert refused(somebody("POST", "/keys", {"title": "again", "key": public})) == ["key"]
    assert somebody("DELETE", f"/keys/{added.body['id']}").status == 204
    assert somebody("GET", f"/keys/{added.body['id']}").status == 404


def test_a_cluster_record_has_the_fields_of_the_contract(somebody: Api) -> None:
    record = somebody.launch()
    assert record.keys() >= CLUSTER_FIELDS
    assert TIME.fullmatch(record["expires_at"])
    assert somebody("GET", f"/clusters/{record['id']}").body["id"] == record["id"]
    somebody("POST", f"/clusters/{record['id']}/terminate")


def refused(answer: Any) -> list[str]:
    """The fields that a 422 names; each with a sentence of its own."""
    assert answer.status == 422, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert {"title", "status", "detail", "errors"} <= answer.body.keys()
    assert all(error["message"].endswith((".", ")", "?", "ed25519")) for error in answer.body["errors"]), answer.body
    return sorted(error["field"] for error in answer.body["errors"])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"size": 0}, ["size"]),
        ({"size": 31}, ["size"]),
        ({"size": "many"}, ["size"]),
        ({"size": 1.5}, ["size"]),
        ({"size": True}, ["size"]),
        ({"size": None}, ["size"]),
        ({"lifetime": 1}, ["lifetime"]),
        ({"lifetime": 25}, ["lifetime"]),
        ({"identifier": "Capitals"}, ["identifier"]),
        ({"identifier": "x" * 101}, ["identifier"]),
        ({"identifier": "with space"}, ["identifier"]),
        ({"ssh_key": "k-none"}, ["ssh_key"]),
        ({"emr_release": "1.0"}, ["emr_release"]),
        ({"colour": "blue"}, ["colour"]),
        ({"size": 0, "lifetime": 99, "identifier": "A"}, ["identifier", "lifetime", "size"]),
    ],
)
def test_a_launch_is_refused_field_by_field(somebody: Api, changes: dict[str, Any], fields: list[str]) -> None:
    body = {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
    assert refused(somebody("POST", "/clusters", body | changes)) == fields
    assert somebody("GET", "/clusters").body["items"] == []


@pytest.mark.parametrize("missing", ["size", "ssh_key", "emr_release"])
def test_a_launch_needs(somebody: Api, missing: str) -> None:
    body = {"size": 1, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
    del body[missing]
    assert refused(somebody("POST", "/clusters", body)) == [missing]


def test_maintainers_may_exceed_the_size(api: Callable[[str], Api]) -> None:
    maintainer = api("maintainer")
    record = maintainer.launch(size=31)
    assert record["size"] == 31
    maintainer("POST", f"/clusters/{record['id']}/terminate")


@pytest.mark.parametrize("hours", [0, 25, "x", None])
def test_an_extension_is_refused(somebody: Api, hours: object) -> None:
    record = somebody.launch()
    assert refused(somebody("POST", f"/clusters/{record['id']}/extend", {"hours": hours})) == ["hours"]
    somebody("POST", f"/clusters/{record['id']}/terminate")


def test_a_job_record(somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", timezone="Europe/Berlin", start_date="2040-07-01T06:00:00")
    assert set(JOB) - {"notebook"} <= job.keys()
    assert job["next_run_at"] == job["start_date"] == "2040-07-01T04:00:00.000000Z"
    assert somebody("GET", "/jobs").body == {"items": [job], "next": None, "previous": None, "searched": None}
    changed = somebody("PATCH", f"/jobs/{job['id']}", {"description": "another", "schedule": "0 7 * * 1"})
    assert changed.body["description"] == "another"
    assert changed.body["size"] == job["size"]
    assert changed.body["next_run_at"] == "2040-07-02T05:00:00.000000Z"  # the first Monday, 7:00 in Berlin


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"start_date": "2040-02-02T06:00:00Z"}, "end_date", "The end date must be after the start date."),
        (
            {"schedule": "0 6 1 3 *"},
            "end_date",
            "The first run would be on Thu 1 Mar 2040, 06:00 (UTC), which is not before",
        ),
        ({"start_date": "2040-01-31T07:00:00Z", "schedule": "0 6 * * *"}, "end_date", "Wed 1 Feb 2040, 06:00 (UTC)"),
        ({"schedule": "0 0 */31 2 1#5"}, "schedule", "This schedule never runs. Choose another one."),
    ],
)
def test_a_job_that_could_never_run_again_is_refused(
    somebody: Api, changes: dict[str, str], field: str, sentence: str
) -> None:
    job = somebody.schedule(
        f"job-{uuid4().hex[:8]}", start_date="2040-01-01T06:00:00Z", end_date="2040-02-01T06:00:00Z"
    )
    answer = somebody("PATCH", f"/jobs/{job['id']}", changes)
    assert refused(answer) == [field]
    assert sentence in answer.body["errors"][0]["message"]
    assert somebody("GET", f"/jobs/{job['id']}").body == job


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"identifier": "Capitals"}, ["identifier"]),
        ({"description": ""}, ["description"]),
        ({"notebook": {"name": "x.ipynb", "content": "hello"}}, ["notebook"]),
        ({"notebook": {"name": "x.ipynb", "content": {"nbformat": 3}}}, ["notebook"]),
        ({"notebook": {"name": "x.txt", "content": TINY}}, ["notebook"]),
        ({"notebook": {"name": "../x.ipynb", "content": TINY}}, ["notebook"]),
        ({"notebook": "text"}, ["notebook"]),
        ({"size": 0}, ["size"]),
        ({"size": 31}, ["size"]),
        ({"job_timeout": 0}, ["job_timeout"]),
        ({"job_timeout": 25}, ["job_timeout"]),
        ({"schedule": "hourly"}, ["schedule"]),
        ({"schedule": "61 * * * *"}, ["schedule"]),
        ({"schedule": "0 0 31 2 *"}, ["schedule"]),
        ({"schedule": "0 0 */31 2 1#5"}, ["schedule"]),
        ({"schedule": "@reboot"}, ["schedule"]),
        ({"timezone": "localtime"}, ["timezone"]),
        (
            {"schedule": "0 6 * * *", "start_date": "2040-01-01T07:00:00Z", "end_date": "2040-01-01T08:00:00Z"},
            ["end_date"],
        ),
        ({"timezone": "Mars/Olympus"}, ["timezone"]),
        ({"start_date": "tomorrow"}, ["start_date"]),
        ({"end_date": "2039-12-31T00:00:00Z"}, ["end_date"]),
        ({"start_date": "2020-01-01T00:00:00Z", "end_date": "2020-02-01T00:00:00Z"}, ["end_date"]),
        ({"result_visibility": "secret"}, ["result_visibility"]),
        ({"emr_release": "1.0"}, ["emr_release"]),
        ({"parameters": {"not a name": 1}}, ["parameters"]),
        ({"parameters": [1]}, ["parameters"]),
        ({"parameters": {"class": 1}}, ["parameters"]),
        ({"parameters": {"long": "x" * 9000}}, ["parameters"]),
        ({"start_date": "0001-01-01T00:00:00Z"}, ["start_date"]),
        ({"start_date": "9999-12-31T23:59:59", "timezone": "America/New_York"}, ["start_date"]),
        ({"start_date": "2027-W01"}, ["start_date"]),
        ({"start_date": 7}, ["start_date"]),
        ({"end_date": "9999-12-31T23:59:59-12:00"}, ["end_date"]),
        ({"schedule": "* * * * * *"}, ["schedule"]),
        ({"schedule": "0 0 * * " + ",".join(["1"] * 3000)}, ["schedule"]),
        ({"notebook": {"name": "a\nb.ipynb", "content": TINY}}, ["notebook"]),
        ({"notebook": {"name": "a\x00b.ipynb", "content": TINY}}, ["notebook"]),
        ({"notebook": {"name": "x.ipynb", "content": "[" * 20_000}}, ["notebook"]),
        ({"notebook": {"name": "x.ipynb", "content": CELL_OF_NUMBERS}}, ["notebook"]),
        ({"description": "a\x00b"}, ["description"]),
    ],
)
def test_a_job_is_refused_field_by_field(somebody: Api, changes: dict[str, Any], fields: list[str]) -> None:
    job = JOB | {"identifier": f"job-{uuid4().hex[:8]}"} | changes
    assert refused(somebody("POST", "/jobs", job)) == fields
    assert somebody("GET", "/jobs").body["items"] == []


def test_a_taken_identifier_is_refused(somebody: Api, api: Callable[[str], Api]) -> None:
    name = f"job-{uuid4().hex[:8]}"
    somebody.schedule(name)
    other = api(f"other-{uuid4().hex[:6]}")
    answer = other("POST", "/jobs", JOB | {"identifier": name})
    assert refused(answer) == ["identifier"]
    assert name in answer.body["detail"]


def test_the_identifier_is_fixed_and_the_start_only_moves_to_the_future(somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    assert refused(somebody("PATCH", f"/jobs/{job['id']}", {"identifier": "other"})) == ["identifier"]
    assert refused(somebody("PATCH", f"/jobs/{job['id']}", {"start_date": "2020-01-01T00:00:00Z"})) == ["start_date"]
    assert refused(somebody("PATCH", f"/jobs/{job['id']}", {"size": 31})) == ["size"]


def test_strangers_get_the_same_404_as_for_nothing(somebody: Api, api: Callable[[str], Api]) -> None:
    stranger = api(f"stranger-{uuid4().hex[:6]}")
    cluster, job, key = somebody.launch(), somebody.schedule(f"job-{uuid4().hex[:8]}"), somebody.add_key()
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    requests = [
        ("GET", f"/clusters/{cluster['id']}"), ("POST", f"/clusters/{cluster['id']}/terminate"),
        ("GET", f"/jobs/{job['id']}"), ("DELETE", f"/jobs/{job['id']}"), ("POST", f"/jobs/{job['id']}/run"),
        ("POST", f"/jobs/{job['id']}/pause"), ("GET", f"/jobs/{job['id']}/runs"), ("GET", f"/runs/{run['id']}"),
        ("POST", f"/runs/{run['id']}/cancel"), ("GET", f"/runs/{run['id']}/results"),
        ("GET", f"/keys/{key}"), ("DELETE", f"/keys/{key}"),
    ]  # fmt: skip
    for method, path in requests:
        missing = re.sub(r"/([a-z])-[^/]+", r"/\1-missing", path)
        theirs, nothing = stranger(method, path), stranger(method, missing)
        assert (theirs.status, theirs.body) == (nothing.status, nothing.body), (method, path)
        assert theirs.status == 404
    assert api("admin")("GET", f"/clusters/{cluster['id']}").status == 200
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    somebody("POST", f"/runs/{run['id']}/cancel")


def test_lists_come_in_pages(somebody: Api) -> None:
    keys = [somebody.add_key() for _ in range(5)]
    ids: list[str] = []
    cursor = ""
    while True:
        page = somebody("GET", f"/keys?limit=2&cursor={cursor}").body
        assert len(page["items"]) <= 2
        ids += [key["id"] for key in page["items"]]
        if not (cursor := page["next"]):
            break
    assert ids == keys[::-1]


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "1.5"])
def test_a_limit_is_refused(somebody: Api, limit: str) -> None:
    assert refused(somebody("GET", f"/keys?limit={limit}")) == ["limit"]


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "W10", "eyJhIjogMX0", "WyJ4IiwgIngiXQ", "WzEsIDIsIDNd"])
def test_a_cursor_that_no_list_gave_is_refused(somebody: Api, cursor: str) -> None:
    assert somebody("GET", f"/keys?cursor={cursor}").status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/clusters", b"{", 400),
        ("POST", "/clusters", b"[]", 400),
        ("POST", "/clusters", b"\xff\xfe", 400),
        ("POST", "/clusters", b"[" * 50_000, 400),
        ("POST", "/clusters", b'{"a":' * 30_000, 400),
        ("POST", "/jobs", b'{"parameters": ' + b"[" * 60 + b"]" * 60 + b"}", 400),
        ("POST", "/clusters", b'{"size": NaN}', 400),
        ("POST", "/clusters", b'{"size": 1e999}', 400),
        ("POST", "/clusters", b'{"identifier": "\\ud800"}', 400),
        ("PUT", "/clusters", None, 405),
        ("GET", "/clusters/c-none", None, 404),
        ("GET", "/clusters?state=odd", None, 422),
    ],
)
def test_every_error_has_one_shape(somebody: Api, method: str, path: str, body: bytes | None, status: int) -> None:
    answer = somebody(method, path, body)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.body["status"] == status
    assert answer.body["title"]
    assert answer.body["detail"]


def test_clusters_are_filtered_by_state(somebody: Api) -> None:
    record = somebody.launch()
    assert [item["id"] for item in somebody("GET", "/clusters?state=active").body["items"]] == [record["id"]]
    assert somebody("GET", "/clusters?state=terminated").body["items"] == []
    somebody("POST", f"/clusters/{record['id']}/terminate")


def test_the_openapi_document_describes_every_route(cloud: LocalCloud) -> None:
    answer = urllib3.request("GET", f"{cloud.portal_url}/api/v1/openapi.json")
    document = json.loads(answer.data)
    assert document["openapi"].startswith("3.1")
    from chalicelib.entrypoints.http import app

    routed = {
        (path, method.lower())
        for path, methods in app.routes.items()
        if path.startswith("/api/")
        for method in set(methods) - {"HEAD"}
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert described == routed
    from openapi_spec_validator import validate

    validate(document)
    launch = document["paths"]["/api/v1/clusters"]
    assert {parameter["name"] for parameter in launch["get"]["parameters"]} >= {"scope", "state", "limit", "cursor"}
    assert {parameter["name"] for parameter in launch["post"]["parameters"]} == {"Idempotency-Key"}
    assert launch["post"]["requestBody"]["required"]


def test_releases_newest_first(somebody: Api) -> None:
    versions = [release["version"] for release in somebody("GET", "/releases").body["items"]]
    assert versions.index("7.12.0") < versions.index("7.10.0") < versions.index("7.5.0")


def test_bad_input_is_told_by_field_in_the_detail_too(somebody: Api) -> None:
    detail = somebody("POST", "/clusters", {"size": 0}).body["detail"]
    assert "size: Choose a whole number" in detail
    assert "ssh_key: This field is required." in detail


def test_run_fields(somebody: Api) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    answer = somebody("POST", f"/jobs/{job['id']}/run", {})
    assert answer.status == 202
    assert answer.body.keys() >= RUN_FIELDS
    assert answer.body["job"] == job["id"]
    assert refused(somebody("POST", f"/jobs/{job['id']}/run", {"parameters": {"1x": 2}})) == ["parameters"]
    somebody("POST", f"/runs/{answer.body['id']}/cancel")


def test_keys_that_are_too_long_are_refused_rather_than_cut(somebody: Api) -> None:
    body = {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": RELEASE}
    answers = [somebody("POST", "/clusters", body, Idempotency_Key="k" * 200 + end) for end in ("a", "b")]
    assert [refused(answer) for answer in answers] == [["Idempotency-Key"]] * 2
    assert somebody("GET", "/clusters").body["items"] == []
