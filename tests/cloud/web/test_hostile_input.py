"""Hostile texts through every input: addresses, queries, headers, forms, the API, files. None makes the portal fail, comes back
as markup or in a header, or gets anywhere it should not."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import pytest
import urllib3

from docs.permissions import routes
from localaws.cloud import LocalCloud
from tests.cloud.web import test_headers
from tests.support import people
from tests.support.hostile_texts import MARKUP, TEXTS, planted
from tests.support.http import HTTP_TIMEOUT, TINY, Answer, Api, fresh_key
from tests.support.visitor import Visitor

READ = sorted({path for path, method, _ in routes() if method == "GET"})
SHORT = {name: text for name, text in TEXTS.items() if name != "long"}
QUERY = (
    "next",
    "limit",
    "cursor",
    "scope",
    "state",
    "status",
    "clusters",
    "person",
    "object",
    "identifier",
    "number",
    "error",
)
POOL = urllib3.PoolManager(maxsize=4)


@pytest.fixture(scope="module")
def credentials(cloud: LocalCloud) -> dict[str, str]:
    """An admin's, to whom everything is open."""
    name = people.fresh("hostile")
    people.join(name, "admins")
    return {"Cookie": "=".join(people.session_cookie(name)), "Authorization": f"Bearer {people.api_token(name)}"}


def ask(cloud: LocalCloud, path: str, headers: dict[str, str], method: str = "GET", **more: Any) -> Any:
    return POOL.request(
        method, cloud.portal_url + path, headers=headers, redirect=False, retries=False, timeout=HTTP_TIMEOUT, **more
    )


def harmless(answer: Any) -> str:
    """What is wrong with an answer to a hostile text, "" for nothing."""
    if answer.status >= 500:
        return f"fails with {answer.status}"
    if "owned" in answer.headers.get("Set-Cookie", "") or "X-Owned" in answer.headers:
        return "gave the attacker a header"
    if answer.headers["Content-Type"].startswith("text/html") and (marks := planted(answer.data.decode())):
        return f"has {marks}"
    if re.match(r"https?://(?!127\.0\.0\.1)|//|javascript:", answer.headers.get("Location", "")):
        return f"leads to {answer.headers['Location']}"
    if answer.status >= 400 and (missing := test_headers.amiss(answer.headers)):
        return f"lacks {missing}"
    return ""


PLACES = ("script", "end of an attribute", "path", "encoded path", "new header", "null", "turned direction", "operator")


@pytest.mark.parametrize("path", [path for path in READ if "{" in path])
def test_in_the_place_of_an_id(cloud: LocalCloud, credentials: dict[str, str], path: str) -> None:
    headers = {}
    for name in PLACES:
        answer = ask(cloud, re.sub(r"{\w+}", quote(TEXTS[name], safe=""), path), credentials)
        if wrong := harmless(answer) or ("exists" if answer.status < 300 else ""):
            headers[name] = wrong
    assert headers == {}


def queries() -> Iterator[tuple[str, str]]:
    """Every page with every text, a different one under each name."""
    texts = deque(SHORT.values())
    for path in READ:
        for _ in range(0, len(texts), len(QUERY)):
            if "{" not in path and path != "/login/callback":
                yield path, urlencode(dict(zip(QUERY, texts, strict=False)))
            texts.rotate(-len(QUERY))
        texts.rotate(-1)


def test_in_the_query(cloud: LocalCloud, credentials: dict[str, str]) -> None:
    harm = {f"{path}?{query}": harmless(ask(cloud, f"{path}?{query}", credentials)) for path, query in queries()}
    assert {path: wrong for path, wrong in harm.items() if wrong} == {}


RAW = [
    "/%00", "/%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "/..%2f..%2fapp.py", "/static/..%5c..%5capp.py", "/static/%2e%2e/app.py",
    "//evil.example/", "/%2f%2fevil.example", "/\\evil.example", "/keys/%ff%fe", "/jobs/%ed%a0%80", "/" + "a" * 8000,
    "/keys?cursor=%ff", "/?next=%0d%0aSet-Cookie:owned=1", "/login?next=//evil.example", "/login?next=/%5cevil.example",
    "/login?next=%0d%0aX-Owned:1", "/login/callback?code=x&state=" + "y" * 5000, "/api/v1/keys?limit=%00",
    "/api/v1/jobs/%2e%2e%2f%2e%2e%2fclusters", "/api/v1/keys?limit=5&limit=%3Cscript%3E",
]  # fmt: skip


@pytest.mark.parametrize("path", RAW)
def test_addresses_that_no_browser_would_ask_for(cloud: LocalCloud, credentials: dict[str, str], path: str) -> None:
    for headers in ({}, credentials):
        assert harmless(ask(cloud, path, headers)) == ""


HEADERS = [
    {"Host": "evil.example"}, {"X-Forwarded-Host": "evil.example"}, {"X-Forwarded-For": "<script>, ' OR 1=1"},
    {"Cookie": "atmo-session=" + "x" * 5000}, {"Cookie": "=;;;==; $Path=/; \x01=2"}, {"Cookie": 'a="\\"<script>"'},
    {"Accept": "*/*;q=<script>"}, {"Accept-Language": "../../etc"}, {"User-Agent": MARKUP["script"]},
    {"Referer": "javascript:alert(1)"}, {"Origin": "null"}, {"Content-Type": "multipart/form-data"},
    {"Content-Type": "application/json; charset=utf-7"}, {"Authorization": "Bearer " + "x" * 5000},
    {"Authorization": "Bearer atmo_' OR '1'='1"}, {"Authorization": "Negotiate \x7f"}, {"HX-Request": "<script>"},
    {"X-HTTP-Method-Override": "DELETE"}, {"Range": "bytes=0-1,2-3,4-"}, {"Idempotency-Key": "../" * 900},
    {"If-Modified-Since": "<script>"}, {"X-CSRF-Token": "\x01" * 30},
]  # fmt: skip


@pytest.mark.parametrize("sent", HEADERS, ids=lambda sent: next(iter(sent)))
def test_in_headers(cloud: LocalCloud, credentials: dict[str, str], sent: dict[str, str]) -> None:
    for path in ("/", "/keys", "/login", "/api/v1/me"):
        answer = ask(cloud, path, credentials | sent)
        assert harmless(answer) == "", path
        assert b"evil.example" not in answer.data
        assert "evil.example" not in answer.headers.get("Location", "")


def fields_taking_text(key: str) -> dict[str, tuple[str, str, Callable[[str], Any]]]:
    """Method, path and body by what the text is said to be: every text that the API takes."""
    cluster = {"size": 1, "lifetime": 2, "ssh_key": key, "emr_release": "7.10.0"}
    job: dict[str, Any] = {
        "identifier": f"job-{uuid4().hex[:8]}", "description": "x", "notebook": {"name": "x.ipynb", "content": TINY}, "size": 1,
        "schedule": "daily", "emr_release": "7.10.0", "start_date": "2040-01-01T00:00:00Z",
    }  # fmt: skip

    def with_field(name: str) -> Callable[[str], Any]:
        return lambda text: job | {name: text}

    fields = ["identifier", "schedule", "timezone", "start_date", "emr_release", "webhook_url", "misfire", "parameters"]
    return {
        "a key's title": ("POST", "/keys", lambda text: {"title": text, "key": fresh_key()}),
        "a key": ("POST", "/keys", lambda text: {"title": "x", "key": text}),
        "a key's comment": ("POST", "/keys", lambda text: {"title": "x", "key": f"{fresh_key()} {text}"}),
        "a cluster's name": ("POST", "/clusters", lambda text: cluster | {"identifier": text}),
        "a cluster's key": ("POST", "/clusters", lambda text: cluster | {"ssh_key": text}),
        "a release": ("POST", "/clusters", lambda text: cluster | {"emr_release": text}),
        "a number": ("POST", "/clusters", lambda text: cluster | {"size": text}),
        "a field": ("POST", "/clusters", lambda text: cluster | {text: text}),
        "a notebook's name": ("POST", "/jobs", lambda text: job | {"notebook": {"name": f"{text}.ipynb", "content": TINY}}),
        "a notebook": ("POST", "/jobs", lambda text: job | {"notebook": {"name": "x.ipynb", "content": text}}),
        "a note": ("POST", "/jobs", lambda text: job | {"notebook": {"name": "x.json", "content": text}}),
        "an upload": ("POST", "/jobs", lambda text: job | {"notebook": {"name": "x.ipynb", "upload": text}}),
        "another's notebook": ("POST", "/jobs", lambda text: job | {"notebook": {"name": "x.ipynb", "job": text}}),
        "a parameter's name": ("POST", "/jobs", lambda text: job | {"parameters": {text: 1}}),
        **{f"a job's {name}": ("POST", "/jobs", with_field(name)) for name in fields},
        "a file of jobs": ("POST", "/jobs/import", lambda text: {"format": text, "version": text, "jobs": [text]}),
        "an upload's name": ("POST", "/uploads", lambda text: {"name": text, "size": 10}),
        "a token's name": ("POST", "/tokens", lambda text: {"name": text, "days": 7}),
        "a token's end": ("POST", "/tokens", lambda text: {"name": "x", "until": text}),
    }  # fmt: skip


FIELDS = fields_taking_text("k-none")


@pytest.mark.parametrize("field", FIELDS)
def test_through_the_api(somebody: Api, field: str) -> None:
    """That answers are as the description says, and hence no failures of ours, is checked with each of them."""
    method, path, body = fields_taking_text(somebody.add_key())[field]
    answers: dict[str, Answer] = {name: somebody(method, path, body(text)) for name, text in TEXTS.items()}
    assert {name: answer.status for name, answer in answers.items() if answer.status >= 500} == {}
    if field in ("a key's title", "a token's name"):
        accepted = {name for name, answer in answers.items() if answer.status == 201}
        assert not accepted & {"null", "bell and escape", "turned direction", "long"}
        assert accepted >= {name for name, text in MARKUP.items() if len(text) <= 100}, (
            "it is escaped where it is shown"
        )
    else:
        assert {name for name, answer in answers.items() if answer.status < 300} <= {*_harmless_in(field)}


def _harmless_in(field: str) -> Iterator[str]:
    """Texts that are accepted there, rightly."""
    if field == "a key's comment":
        yield from TEXTS
    if field in ("a notebook's name", "an upload's name"):
        yield from (name for name, text in TEXTS.items() if text.isprintable() and not set("/\\") & set(text))
    if field in ("a cluster's name", "a job's identifier"):
        yield "number"
    if field == "a parameter's name":
        yield "stacked marks"
    if field == "a job's webhook_url":
        yield "address"  # refused where webhooks may not lead into private networks, which the embedded cloud allows


BODIES = [
    b"\xff\xfe", b"\x00", b"{", b'{"a": "\\ud800"}', b'{"size": 1e400}', b'{"a":1,"a":2}', b"null", b"[]", b'"x"', b"[" * 9999,
    b'{"title": {"$gt": ""}, "key": [1]}', b'{"title": true, "key": null}', b'{"__proto__": {"x": 1}}', b"a=b&c=d",
    b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><x>&e;</x>", json.dumps({"title": "x" * 200_000}).encode(),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
@pytest.mark.parametrize("path", ["/keys", "/clusters", "/jobs", "/jobs/import", "/tokens", "/uploads"])
def test_bodies_that_are_no_form(somebody: Api, path: str, body: bytes) -> None:
    assert somebody("POST", path, body).status in (400, 422)


@pytest.mark.parametrize("name", TEXTS)
def test_through_the_portals_forms(signed_in: Callable[..., Visitor], name: str) -> None:
    """Whatever was typed comes back as typed, in its field, and is nothing but text."""
    visitor, text = signed_in(), TEXTS[name]
    refused = {
        "/keys/new": visitor.submit("/keys/new", title=text, key=text),
        "/tokens": visitor.submit("/tokens", name="x" * 200 + text, until=text),
        "/jobs/import": visitor.submit("/jobs/import", {"file": (text[:200], text.encode())}, identifier=text),
        "/jobs/new": visitor.submit(
            "/jobs/new", {"notebook": (text[:200], text.encode())}, identifier=text, description=text, cron=text, parameters=text,
            timezone=text, webhook_url=text, start_date=text,
        ),
    }  # fmt: skip
    assert {path: page.status for path, page in refused.items()} == dict.fromkeys(refused, 422)
    assert {path: planted(page.html) for path, page in refused.items()} == {path: [] for path in refused}
    if text.isprintable() and len(text) < 5000:
        assert refused["/jobs/new"].forms[-1].fields["description"] == text


FILE_NAMES = [
    'x"; filename="y.ipynb',
    "..\\..\\x.ipynb",
    "a\r\nX-Owned: 1.ipynb",
    "\u202ebnypi.ipynb",
    "x\x00.ipynb",
    "<img onerror=x>.ipynb",
]


@pytest.mark.parametrize("name", FILE_NAMES)
def test_names_of_files(signed_in: Callable[..., Visitor], name: str) -> None:
    visitor = signed_in()
    page = visitor.submit(
        "/jobs/new", {"notebook": (name, json.dumps(TINY).encode())}, identifier=f"named-{uuid4().hex[:8]}", description="x",
        start_date="2040-01-01T06:00", emr_release="7.10.0",
    )  # fmt: skip
    assert page.status in (200, 422)
    assert planted(page.html) == []
    assert "X-Owned" not in page.headers


def test_a_form_of_nothing_but_boundaries(cloud: LocalCloud, signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in()
    cookie = {
        "Cookie": "; ".join(f"{name}={value}" for jar in visitor._cookies.values() for name, value in jar.items())
    }
    for kind, body in (
        ("multipart/form-data; boundary=x", b"--x\r\n" * 5000),
        ("multipart/form-data; boundary=", b"x"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n' + b"X-Y: z\r\n" * 5000,
        ),
        ("application/x-www-form-urlencoded", b"&" * 200_000),
        ("application/x-www-form-urlencoded", b"%" * 1000 + b"\xff=\xfe"),
        ("application/json", b"{"),
    ):
        for path in ("/keys/new", "/jobs/new", "/jobs/import", "/links/x", "/logout"):
            answer = ask(cloud, path, cookie | {"Content-Type": kind}, "POST", body=body)
            assert 400 <= answer.status < 500, (path, kind, body[:20])
            assert harmless(answer) == ""
