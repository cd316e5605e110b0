"""What surrounds the pages: files, health, refusals, headers, news."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import Event
from typing import Any
from xml.etree import ElementTree

import pytest
import urllib3
from botocore.exceptions import ClientError

from chalicelib.core.version import VERSION
from localaws.cloud import LocalCloud
from tests.support.clouds import refused
from tests.support.settings import site_settings
from tests.support.visitor import Visitor
from tests.support.wiretap import Call, Really, tapped


def test_version(stranger: Visitor) -> None:
    said = json.loads(stranger.get("/__version__").html)
    assert (said["name"], said["version"]) == ("atmo", VERSION)


DEPENDENCIES = ("dynamodb", "s3", "stepfunctions", "sign-in")


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """What another test was answered about the dependencies is no answer for this one."""
    from chalicelib.entrypoints.portal import health

    health._answers.cache_clear()


def test_healthy(stranger: Visitor) -> None:
    checks = dict.fromkeys(DEPENDENCIES, "ok")
    assert json.loads(stranger.get("/__heartbeat__").html) == {"status": "ok", "checks": checks}
    assert stranger.get("/__lbheartbeat__").status == 200


def test_unhealthy_when_dynamodb_is_not_there(stranger: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.releases.models import Release

    monkeypatch.setattr(Release.Meta, "table_name", "no-such-table")
    monkeypatch.setattr(Release, "_connection", None)
    page = stranger.get("/__heartbeat__")
    assert page.status == 503, page.html
    assert _silent(page.html) == {"dynamodb"}
    assert refused()  # IAM knows of no such table either
    assert stranger.get("/__lbheartbeat__").status == 200


@pytest.mark.parametrize(("operation", "name"), [("HeadBucket", "s3"), ("DescribeStateMachine", "stepfunctions")])
def test_unhealthy_when_a_service_fails(stranger: Visitor, operation: str, name: str) -> None:
    def failing(call: Call, really: Really) -> Any:
        if call.operation == operation:
            raise ClientError({"Error": {"Code": "InternalFailure", "Message": "Try again"}}, operation)
        return really()

    with tapped(failing):
        page = stranger.get("/__heartbeat__")
    assert (page.status, _silent(page.html)) == (503, {name})


def test_whom_nobody_answers_is_not_waited_for(stranger: Visitor) -> None:
    answered = Event()

    def hanging(call: Call, really: Really) -> Any:
        if call.operation == "HeadBucket":
            answered.wait(30)
        return really()

    with tapped(hanging):
        page = stranger.get("/__heartbeat__")
        assert not answered.is_set()
        answered.set()
    assert (page.status, _silent(page.html)) == (503, {"s3"})


def test_unhealthy_when_nobody_can_sign_in(
    cloud: LocalCloud, stranger: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.core.config import settings
    from chalicelib.entrypoints.portal import health

    elsewhere = replace(settings(), oidc_issuer=f"{cloud.portal_url}/nobody")
    monkeypatch.setattr(health, "settings", lambda: elsewhere)
    page = stranger.get("/__heartbeat__")
    assert (page.status, _silent(page.html)) == (503, {"sign-in"})


def _silent(body: str) -> set[str]:
    return {name for name, word in json.loads(body)["checks"].items() if word == "not answering"}


def test_static_files_are_kept_for_ever(cloud: LocalCloud, stranger: Visitor) -> None:
    body = stranger.get("/").html
    addresses = {part.split('"')[0] for part in body.split('"') if part.startswith("/static/")}
    assert {address.split("/")[2].split(".")[0] for address in addresses} == {"portal"}
    for address in addresses:
        answer = urllib3.request("GET", cloud.portal_url + address)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["nothing.css", "manifest.json", "icons.json", "..%2F..%2Fapp.py"])
def test_nothing_else_is_served(stranger: Visitor, name: str) -> None:
    assert stranger.get(f"/static/{name}").status == 404


def test_what_is_no_page_has_a_favicon_too(stranger: Visitor) -> None:
    answer = stranger.get("/favicon.ico")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert ElementTree.fromstring(answer.html).tag == "{http://www.w3.org/2000/svg}svg"
    assert 'rel="icon" href="data:image/svg+xml,' in stranger.get("/").html


def test_every_page_has_its_headers(stranger: Visitor) -> None:
    headers = stranger.get("/").headers
    policy = headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")


@pytest.mark.parametrize("path", ["/", "/news", "/clusters/new", "/keys/new", "/tokens"])
def test_no_page_has_inline_styles_or_scripts(visitor: Visitor, path: str) -> None:
    body = visitor.get(path).html
    assert "<style" not in body
    assert " style=" not in body
    assert body.count("<script") == body.count("<script src=")
    assert not [word for word in body.split() if word.startswith(("onclick=", "onsubmit=", "hx-on"))]


def test_news_for_everybody(stranger: Visitor) -> None:
    page = stranger.get("/news")
    assert (page.status, page.html.count("<h1>")) == (200, 1)
    assert "<h2>2026.11</h2>" in page.html


def test_refusals_are_pages(stranger: Visitor, visitor: Visitor) -> None:
    assert "Not found" in visitor.get("/keys/k-none").text
    wrong = stranger.post("/news", {})
    assert (wrong.status, wrong.headers["content-type"]) == (405, "text/html; charset=utf-8")
    assert "Method not allowed" in wrong.text


def test_our_own_failure_says_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.keys import service

    def fail(*_: object) -> None:
        raise RuntimeError("a bug with a secret in it")

    monkeypatch.setattr(service, "listing", fail)
    page = visitor.get("/keys")
    assert (page.status, "Something went wrong" in page.text, "secret" in page.html) == (500, True, False)


def test_every_page_says_which_stage_and_version_this_is(visitor: Visitor, stranger: Visitor) -> None:
    for page in (visitor.get("/"), visitor.get("/jobs/none"), stranger.get("/")):
        assert '<span class="stage" title="This is not production">local</span>' in page.html
        assert f"atmo {VERSION}." in page.text


def test_production_need_not_say_so(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.core.config.PRODUCTION", ("local",))
    assert 'class="stage"' not in visitor.get("/keys").html


def test_a_site_has_a_page_for_help(visitor: Visitor) -> None:
    assert ">Help</a>" not in visitor.get("/keys").html
    with site_settings(help_url="https://wiki.example.com/atmo"):
        assert '<a href="https://wiki.example.com/atmo" rel="noreferrer">Help</a>' in visitor.get("/keys").html
