"""API tokens: what they may do, how long, when they were last used, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import urllib3

from chalicelib.core import clock
from chalicelib.entrypoints import addresses
from chalicelib.identity import users
from chalicelib.identity.models import User
from chalicelib.identity.permissions import ACTIONS
from chalicelib.identity.person import Person
from localaws.cloud import LocalCloud
from tests.support.clouds import refused
from tests.support.http import HTTP_TIMEOUT, Api, fresh_key
from tests.support.visitor import Page, Visitor


def shown(page: Page) -> str:
    return next(word for word in page.text.split() if word.startswith("atmo_") and len(word) > 40)


def made(api: Api, **form: Any) -> tuple[Any, Api]:
    answer = api("POST", "/tokens", {"name": "made"} | form)
    assert answer.status == 201, answer.body
    return answer.body, Api(api.url, answer.body["token"])


WRITES = [
    ("POST", "/keys", {"title": "t", "key": "k"}),
    ("DELETE", "/keys/k-1", None),
    ("POST", "/clusters", {}),
    ("POST", "/clusters/c-1/extend", {"hours": 1}),
    ("POST", "/clusters/c-1/terminate", None),
    ("POST", "/jobs", {}),
    ("PATCH", "/jobs/j-1", {}),
    ("DELETE", "/jobs/j-1", None),
    ("POST", "/jobs/j-1/run", None),
    ("POST", "/jobs/j-1/pause", None),
    ("POST", "/jobs/j-1/resume", None),
    ("POST", "/runs/r-1/cancel", None),
    ("PUT", "/settings", {}),
    ("POST", "/tokens", {"name": "x"}),
    ("DELETE", "/tokens/t-1", None),
]


@pytest.fixture
def reader(somebody: Api) -> Api:
    return made(somebody, scope="read")[1]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_token_for_reading_changes_nothing(reader: Api, method: str, path: str, body: Any) -> None:
    answer = reader(method, path, body)
    assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")
    assert answer.body["detail"].startswith("This API token may only read.")


def test_every_endpoint_that_is_not_for_reading_is_closed_to_it(reader: Api) -> None:
    """Made from the API's own routes, so that no endpoint is forgotten. An estimate is asked for by POST, and changes nothing."""
    endpoints = [each for module in addresses.API for each in addresses.routes_of(module).endpoints]
    changing = [each for each in endpoints if ACTIONS[each.action].writes]
    assert len(changing) >= len(WRITES)
    assert [each.path for each in endpoints if each.method != "GET" and each not in changing] == ["/api/v1/estimates"]
    for each in changing:
        answer = reader(each.method, each.path.removeprefix("/api/v1").replace("{", "").replace("}", ""), {})
        assert answer.status == 403, (each.method, each.path, answer.status)


def test_a_token_for_reading_reads(somebody: Api, reader: Api) -> None:
    key = somebody.add_key()
    assert reader("GET", f"/keys/{key}").status == 200
    assert [reader("GET", path).status for path in ("/me", "/keys", "/clusters", "/jobs", "/releases", "/tokens")] == [
        200
    ] * 6
    assert reader("GET", "/me").body["scope"] == "read"


def test_a_token_for_writing_writes(somebody: Api) -> None:
    record, writer = made(somebody, scope="write")
    assert writer("POST", "/keys", {"title": "laptop", "key": fresh_key()}).status == 201
    assert record["scope"] == "write"


def test_the_tokens_of_the_demo_people_may_do_everything(
    cloud: LocalCloud, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.identity import tokens
    from localaws import api_tokens

    monkeypatch.setattr(tokens, "MAX_TOKENS", 1000)  # other tests make tokens for the same people
    for username, token in api_tokens.seed(tmp_path / "tokens.json", clock.now()).items():
        me = Api(cloud.portal_url, token)("GET", "/me").body
        assert (me["username"], me["scope"]) == (username, "write")


def test_a_record_says_all_but_the_token(somebody: Api) -> None:
    record, _ = made(somebody, scope="read", days=7)
    listed = somebody("GET", "/tokens").body
    assert listed["next"] is None
    assert listed["items"][0] == {name: value for name, value in record.items() if name != "token"}
    assert listed["items"][0].keys() == {"id", "name", "scope", "hint", "created_at", "expires_at", "used_at"}
    assert record["token"].startswith(record["hint"])
    assert record["token"] not in str(listed)


def test_nothing_that_is_stored_can_be_used(somebody: Api) -> None:
    from chalicelib.identity.models import Token

    record, _ = made(somebody)
    for stored in Token.by_owner.query(somebody("GET", "/me").body["username"]):
        assert record["token"] not in str(stored.attribute_values)
        assert Api(somebody.url, stored.digest)("GET", "/me").status == 401


def test_when_it_was_last_used(somebody: Api) -> None:
    from chalicelib.core import clock
    from chalicelib.identity.digests import digest
    from chalicelib.identity.models import Token

    record, api = made(somebody)
    assert record["used_at"] is None
    first = api("GET", "/me").body["token"]["used_at"]
    assert first is not None
    assert api("GET", "/me").body["token"]["used_at"] == first
    stored = Token.get(digest(api.token))
    stored.used_at = clock.now() - timedelta(minutes=6)
    stored.save()
    assert api("GET", "/me").body["token"]["used_at"] >= first


def test_it_expires(somebody: Api) -> None:
    from chalicelib.core import clock
    from chalicelib.identity.digests import digest
    from chalicelib.identity.models import Token

    _, api = made(somebody, days=7)
    stored = Token.get(digest(api.token))
    assert timedelta(days=6, hours=23) < stored.expires_at - clock.now() <= timedelta(days=7)
    stored.expires_at = clock.now()
    stored.save()
    assert api("GET", "/me").status == 401


def test_a_token_made_with_another_one_ends_no_later(somebody: Api) -> None:
    parent, api = made(somebody, days=7)
    child, _ = made(api, days=365)
    assert child["expires_at"] == parent["expires_at"]


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        ({}, ["name"]),
        ({"name": "x" * 101}, ["name"]),
        ({"name": "a\x00b"}, ["name"]),
        ({"name": "x", "scope": "admin"}, ["scope"]),
        ({"name": "x", "days": 8}, ["days"]),
        ({"name": "x", "days": True}, ["days"]),
        ({"name": "x", "days": "many"}, ["days"]),
        ({"name": "x", "days": []}, ["days"]),
        ({"name": "x", "until": "tomorrow"}, ["until"]),
        ({"name": "x", "until": "2020-01-01"}, ["until"]),
        ({"name": "x", "until": "2999-01-01"}, ["until"]),
        ({"name": "x", "until": 7}, ["until"]),
        ({"name": "x", "owner": "bob"}, ["owner"]),
    ],
)
def test_what_cannot_be(somebody: Api, form: dict[str, Any], fields: list[str]) -> None:
    answer = somebody("POST", "/tokens", form)
    assert (answer.status, [error["field"] for error in answer.body["errors"]]) == (422, fields)


def test_until_a_day_means_to_its_end(somebody: Api) -> None:
    from chalicelib.core import clock

    day = (clock.now() + timedelta(days=20)).date()
    assert made(somebody, until=day.isoformat())[0]["expires_at"] == f"{day + timedelta(days=1)}T00:00:00.000000Z"


def test_revoking(somebody: Api) -> None:
    record, api = made(somebody)
    other = made(somebody)[1]
    assert other("DELETE", f"/tokens/{record['id']}").status == 204
    assert api("GET", "/me").status == 401
    assert other("DELETE", f"/tokens/{record['id']}").status == 404


def test_tokens_of_others_are_not_there(somebody: Api, api: Callable[[str], Api]) -> None:
    record, theirs = made(somebody)
    stranger = api("stranger")
    assert stranger("DELETE", f"/tokens/{record['id']}").status == 404
    assert record["id"] not in str(stranger("GET", "/tokens").body)
    assert theirs("GET", "/me").status == 200


def test_not_without_end(somebody: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.identity import tokens

    monkeypatch.setattr(tokens, "MAX_TOKENS", 2)
    made(somebody)
    answer = somebody("POST", "/tokens", {"name": "third"})
    assert (answer.status, "Revoke some" in answer.body["detail"]) == (409, True)


def test_who_has_all_that_one_may_have_is_still_shown_the_last_when_the_form_is_sent_twice(
    signed_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.identity import tokens

    monkeypatch.setattr(tokens, "MAX_TOKENS", 1)
    visitor = signed_in()
    page = visitor.get("/tokens")
    first, again = (visitor.send(page, "/tokens", name="nightly", scope="read", days="7") for _ in range(2))
    assert (first.status, again.status, shown(first)) == (200, 200, shown(again))
    assert (other := visitor.submit("/tokens", name="other", scope="read", days="7")).status == 409
    assert "Revoke some" in other.text


def test_the_page_makes_and_lists_them(signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in()
    form = visitor.get("/tokens").form("/tokens")
    assert (form.fields["scope"], form.fields["days"]) == ("write", "90")
    page = visitor.submit("/tokens", name="nightly", scope="read", days="7")
    me = Api(visitor.url, shown(page))("GET", "/me").body
    assert (me["scope"], me["token"]["name"]) == ("read", "nightly")
    later = visitor.get("/tokens")
    assert "read only" in later.text
    assert "never" not in later.text


def test_the_page_marks_the_field_and_keeps_what_was_typed(signed_in: Callable[..., Visitor]) -> None:
    page = signed_in().submit("/tokens", name="nightly", scope="read", days="30", until="2020-01-01")
    assert (page.status, page.error("until")) == (422, "Choose a day from today on and within a year.")
    fields = page.form("/tokens").fields
    assert {name: fields[name] for name in ("name", "scope", "days", "until")} == {
        "name": "nightly", "scope": "read", "days": "30", "until": "2020-01-01",
    }  # fmt: skip


def guess(cloud: LocalCloud, token: str) -> urllib3.BaseHTTPResponse:
    headers = {"Authorization": f"Bearer {token}"}
    return urllib3.request("GET", f"{cloud.portal_url}/api/v1/me", headers=headers, timeout=HTTP_TIMEOUT, retries=False)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three failures a minute, of a minute that does not end during the test."""
    from chalicelib.identity.rate_limit import rules

    monkeypatch.setattr(rules, "ALLOWED", 3)
    monkeypatch.setattr(rules, "WINDOW", 10**6)


@pytest.mark.usefixtures("few")
def test_too_many_wrong_tokens_and_a_right_one_still_works(cloud: LocalCloud, somebody: Api) -> None:
    statuses = [guess(cloud, f"atmo_{'x' * 42}{number}").status for number in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    refused = guess(cloud, "nonsense")
    assert (refused.status, refused.headers["content-type"]) == (429, "application/problem+json")
    assert 0 < int(refused.headers["retry-after"]) <= 10**6
    assert somebody("GET", "/me").status == 200
    assert urllib3.request("GET", f"{cloud.portal_url}/api/v1/me", timeout=HTTP_TIMEOUT).status == 401


@pytest.mark.usefixtures("few")
def test_too_many_failed_sign_ins_and_a_right_one_still_works(cloud: LocalCloud) -> None:
    from tests.support.sign_in import Flow

    flow = Flow(cloud)
    answers = [flow.back(f"{cloud.portal_url}/login/callback?code=x&state=guess") for _ in range(5)]
    assert [answer.status for answer in answers] == [403, 403, 403, 429, 429]
    assert answers[-1].headers["content-type"].startswith("text/html")
    assert int(answers[-1].headers["retry-after"]) > 0
    assert b"Please try again in" in answers[-1].data
    assert Flow(cloud).finish().status == 303


@pytest.mark.usefixtures("few")
def test_without_the_counter_wrong_tokens_are_just_wrong(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.identity.rate_limit.models import Failures

    monkeypatch.setattr(Failures.Meta, "table_name", "no-table-of-failures")
    monkeypatch.setattr(Failures, "_connection", None)
    assert [guess(cloud, "nonsense").status for _ in range(5)] == [401] * 5
    assert refused()  # IAM knows of no such table either


def test_a_revoked_token_takes_what_was_made_with_it(somebody: Api) -> None:
    parent, with_parent = made(somebody, name="parent")
    child, with_child = made(with_parent, name="child")
    _, with_grandchild = made(with_child, name="grandchild")
    _, with_other = made(somebody, name="other")
    assert somebody("DELETE", f"/tokens/{parent['id']}").status == 204
    assert [api("GET", "/me").status for api in (with_parent, with_child, with_grandchild)] == [401] * 3
    assert [api("GET", "/me").status for api in (somebody, with_other)] == [200] * 2
    assert child["id"] not in {item["id"] for item in somebody("GET", "/tokens").body["items"]}


@pytest.mark.parametrize(("days", "status"), [(29, 200), (31, 401)])
def test_a_token_needs_a_sign_in_now_and_then(somebody: Api, days: int, status: int) -> None:
    name = somebody("GET", "/me").body["username"]
    User.get(name).update([User.signed_in_at.set(clock.now() - timedelta(days=days))])
    answer = somebody("GET", "/me")
    assert answer.status == status
    if status == 401:
        assert "30 days after their owner's last sign-in" in answer.body["detail"]
        users.remember(Person(name, f"{name}@example.org"), clock.now())
        assert somebody("GET", "/me").status == 200
