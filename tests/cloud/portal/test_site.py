"""What surrounds the pages: files, health, refusals, headers, news."""

from __future__ import annotations

import json

import pytest
import urllib3

from chalicelib.core.version import VERSION
from localaws.cloud import LocalCloud
from tests.support.settings import site_settings
from tests.support.visitor import Visitor


def test_version(stranger: Visitor) -> None:
    said = json.loads(stranger.get("/__version__").html)
    assert (said["name"], said["version"]) == ("atmo", VERSION)


def test_healthy(stranger: Visitor) -> None:
    assert json.loads(stranger.get("/__heartbeat__").html) == {"status": "ok", "checks": {"dynamodb": "ok"}}
    assert stranger.get("/__lbheartbeat__").status == 200


def test_unhealthy_when_dynamodb_is_not_there(stranger: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.releases.models import Release

    monkeypatch.setattr(Release.Meta, "table_name", "no-such-table")
    monkeypatch.setattr(Release, "_connection", None)
    page = stranger.get("/__heartbeat__")
    assert page.status == 503, page.html
    assert json.loads(page.html)["checks"] == {"dynamodb": "not answering"}
    assert stranger.get("/__lbheartbeat__").status == 200


def test_static_files_are_kept_for_ever(cloud: LocalCloud, stranger: Visitor) -> None:
    body = stranger.get("/").html
    addresses = {part.split('"')[0] for part in body.split('"') if part.startswith("/static/")}
    assert {address.split("/")[2].split(".")[0] for address in addresses} >= {"bootstrap", "atmo", "htmx"}
    for address in addresses:
        answer = urllib3.request("GET", cloud.portal_url + address.partition("#")[0])
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("name", ["nothing.css", "manifest.json", "..%2F..%2Fapp.py"])
def test_nothing_else_is_served(stranger: Visitor, name: str) -> None:
    assert stranger.get(f"/static/{name}").status == 404


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
    monkeypatch.setattr("chalicelib.web.pages.PRODUCTION", ("local",))
    assert 'class="stage"' not in visitor.get("/keys").html


def test_a_site_has_a_page_for_help(visitor: Visitor) -> None:
    assert ">Help</a>" not in visitor.get("/keys").html
    with site_settings(help_url="https://wiki.example.com/atmo"):
        assert '<a href="https://wiki.example.com/atmo" rel="noreferrer">Help</a>' in visitor.get("/keys").html
