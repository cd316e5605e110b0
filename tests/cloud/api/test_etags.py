"""ETag on every record, and If-Match on whatever changes one: nobody undoes what they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.entrypoints import addresses
from chalicelib.web.endpoint import Endpoint
from tests.support.at_once import at_once
from tests.support.http import RELEASE, Api
from tests.support.settings import forget

Body = dict[str, Any]
ENDPOINTS = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
CHANGES = [each for each in ENDPOINTS if each.method in ("PATCH", "PUT", "DELETE")]
COMPARED = [each for each in CHANGES if each.compares]
STALE = '"0123456789abcdef0123456789abcdef"'


@pytest.fixture(autouse=True)
def settings_as_new() -> Iterator[None]:
    forget()
    yield
    forget()


def _limits(most: int) -> Body:
    """Much of everything, so that no other test meets a limit."""
    return {"default": dict.fromkeys(("clusters", "workers", "cluster_hours", "jobs", "runs"), most)}


def _budgets(job: str, amount: str) -> Body:
    """Of a job that never runs, so that no other test meets one."""
    return {"jobs": {job: {"amount": amount}}, "note": "a"}


def path_of(endpoint: Endpoint, **names: str) -> str:
    return endpoint.path.removeprefix("/api/v1").format(**names)


class Records:
    """One record for each endpoint that compares, with two changes of it."""

    def __init__(self, admin: Api) -> None:
        self.admin = admin

    def make(self, endpoint: Endpoint) -> tuple[str, Body | None, Body | None]:
        """Its path, and two bodies."""
        made: dict[str, Callable[[], tuple[str, Body | None, Body | None]]] = {
            "/api/v1/jobs/{job_id}": lambda: (f"/jobs/{self._job()}", {"description": "A"}, {"description": "B"}),
            "/api/v1/keys/{key_id}": lambda: (f"/keys/{self.admin.add_key()}", None, None),
            "/api/v1/releases/{version}": lambda: (f"/releases/{RELEASE}", {"help_text": "A"}, {"help_text": "B"}),
            "/api/v1/settings": lambda: ("/settings", {"spot_timeout": 20}, {"spot_timeout": 30}),
            "/api/v1/limits": lambda: ("/limits", _limits(10_000), _limits(11_000)),
            "/api/v1/budgets": lambda: ("/budgets", _budgets(job := self._job(), "1.00"), _budgets(job, "2.00")),
            "/api/v1/announcement": lambda: ("/announcement", {"title": "A"}, {"title": "B"}),
        }  # fmt: skip
        path, first, second = made[endpoint.path]()
        return (path, None, None) if endpoint.method == "DELETE" else (path, first, second)

    def _job(self) -> str:
        return str(self.admin.schedule(f"etag-{uuid4().hex[:8]}")["id"])


@pytest.fixture
def admin(api: Callable[[str], Api]) -> Api:
    return api("admin")


@pytest.fixture
def records(admin: Api) -> Records:
    return Records(admin)


def names(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def test_every_record_of_its_own_that_can_be_changed_is_compared() -> None:
    """A record with an address of its own, which GET reads and PATCH, PUT or DELETE changes."""
    read = {each.path for each in ENDPOINTS if each.method == "GET"}
    assert [names(each) for each in CHANGES if each.path in read and not each.compares] == []
    assert len(COMPARED) >= 6


@pytest.mark.parametrize("endpoint", COMPARED, ids=names)
def test_the_record_as_it_was_read_is_changed(records: Records, admin: Api, endpoint: Endpoint) -> None:
    path, body, _ = records.make(endpoint)
    before = admin("GET", path)
    changed = admin(endpoint.method, path, body, If_Match=before.headers["ETag"])
    assert changed.status == endpoint.status
    after = admin("GET", path)
    assert after.headers.get("ETag") != before.headers["ETag"]
    if endpoint.method != "DELETE":
        assert changed.headers["ETag"] == after.headers["ETag"]


@pytest.mark.parametrize("endpoint", COMPARED, ids=names)
@pytest.mark.parametrize("etag", [STALE, 'W/"x"', '"a", "b"'])
def test_another_one_is_left_as_it_is_and_shown(records: Records, admin: Api, endpoint: Endpoint, etag: str) -> None:
    path, body, _ = records.make(endpoint)
    before = admin("GET", path)
    refused = admin(endpoint.method, path, body, If_Match=etag)
    assert (refused.status, refused.body["status"], refused.body["record"]) == (412, 412, before.body)
    assert refused.headers["ETag"] == before.headers["ETag"]
    assert admin("GET", path).body == before.body


@pytest.mark.parametrize("endpoint", [each for each in COMPARED if each.method != "DELETE"], ids=names)
def test_of_two_at_once_with_the_same_version_one_wins(records: Records, admin: Api, endpoint: Endpoint) -> None:
    path, *bodies = records.make(endpoint)
    etag = admin("GET", path).headers["ETag"]
    answers = at_once(lambda number: admin(endpoint.method, path, bodies[number], If_Match=etag), len(bodies))
    assert sorted(answer.status for answer in answers) == [200, 412], [answer.body for answer in answers]
    won = next(answer for answer in answers if answer.status == 200)
    assert admin("GET", path).headers["ETag"] == won.headers["ETag"]


@pytest.mark.parametrize("endpoint", COMPARED, ids=names)
@pytest.mark.parametrize("headers", [{}, {"If_Match": "*"}], ids=["none", "any"])
def test_without_a_version_the_last_one_wins(
    records: Records, admin: Api, endpoint: Endpoint, headers: dict[str, str]
) -> None:
    path, first, second = records.make(endpoint)
    if endpoint.method != "DELETE":
        assert admin(endpoint.method, path, first).status == 200
    assert admin(endpoint.method, path, second, **headers).status == endpoint.status


def test_a_list_of_versions_has_the_right_one(records: Records, admin: Api) -> None:
    endpoint = next(each for each in COMPARED if each.method == "PATCH")
    path, body, _ = records.make(endpoint)
    etag = admin("GET", path).headers["ETag"]
    assert admin("PATCH", path, body, If_Match=f"{STALE}, {etag}").status == 200


def test_the_header_is_refused_where_nothing_is_compared(admin: Api) -> None:
    job = admin.schedule(f"etag-{uuid4().hex[:8]}")["id"]
    refused = admin("POST", f"/jobs/{job}/pause", If_Match=STALE)
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "If-Match")
    assert admin("GET", f"/jobs/{job}").body["is_enabled"]


def test_what_made_a_record_and_what_reads_it_have_the_same_etag(admin: Api) -> None:
    """Also where the first answer has a secret that is never shown again."""
    announced = admin("PUT", "/announcement", {"title": "A"})
    assert announced.headers["ETag"] == admin("GET", "/announcement").headers["ETag"]
    job = admin("POST", "/jobs", _job(webhook_url="https://hooks.example.org/x"))
    assert job.body["webhook_secret"]
    assert job.headers["ETag"] == admin("GET", f"/jobs/{job.body['id']}").headers["ETag"]


@pytest.mark.parametrize(
    "path", ["/clusters/{cluster}", "/jobs/{job}", "/runs/{run}", "/keys/{key}", "/users/admin", "/me"]
)
def test_every_record_has_one(admin: Api, path: str) -> None:
    made: dict[str, Callable[[], str]] = {
        "cluster": lambda: str(admin.launch()["id"]),
        "job": lambda: str(admin.schedule(f"etag-{uuid4().hex[:8]}")["id"]),
        "run": lambda: str(admin("POST", f"/jobs/{made['job']()}/run").body["id"]),
        "key": admin.add_key,
    }
    for name, make in made.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", make())
    answer = admin("GET", path)
    assert answer.status == 200
    assert answer.headers["ETag"].strip('"')


def _job(**changes: Any) -> Body:
    from tests.cloud.api.test_replays import job

    return job(**changes)
