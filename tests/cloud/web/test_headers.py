"""What every kind of answer bears, whoever gives it; and HEAD, which gets the same without the body."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
import urllib3

from chalicelib.core.config import settings
from chalicelib.web import responses
from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT, Api
from tests.support.visitor import Visitor

KINDS = {
    "a page": ("GET", "/", 200),
    "a page of somebody's": ("GET", "/keys", 303),
    "the way to sign in": ("GET", "/login", 303),
    "a missing page": ("GET", "/runs/r-none", 303),
    "a broken link of a mail": ("GET", "/links/x", 404),
    "no such address": ("GET", "/no/such/address", 404),
    "no such method": ("DELETE", "/news", 405),
    "no such method anywhere": ("TRACE", "/news", 405),
    "a method that is quite new": ("QUERY", "/api/v1/keys", 405),
    "a static file that is none": ("GET", "/static/none.css", 404),
    "health": ("GET", "/__heartbeat__", 200),
    "the API's description": ("GET", "/api/v1/openapi.json", 200),
    "the API without a token": ("GET", "/api/v1/me", 401),
    "no such endpoint": ("GET", "/api/v1/none", 404),
    "a method that no endpoint has": ("PUT", "/api/v1/keys", 405),
    "a body of a kind that is not read": ("POST", "/api/v1/keys", 415),
}
OURS = {"Content-Security-Policy", "Cache-Control"}
"""Said otherwise by some, and by none not at all."""


def ask(
    cloud: LocalCloud, method: str, path: str, headers: Mapping[str, str] | None = None
) -> urllib3.BaseHTTPResponse:
    return urllib3.request(
        method,
        cloud.portal_url + path,
        headers=dict(headers or {}),
        redirect=False,
        retries=False,
        timeout=HTTP_TIMEOUT,
    )


def amiss(headers: Mapping[str, str]) -> list[str]:
    """The headers that an answer should bear and does not."""
    missing = [name for name, value in responses.SECURITY.items() if name not in OURS and headers.get(name) != value]
    if "unsafe" in headers.get("Content-Security-Policy", "unsafe"):
        missing.append("Content-Security-Policy")
    return missing + [name for name in ("Cache-Control",) if headers.get(name) != "no-store"]


@pytest.mark.parametrize(("method", "path", "status"), KINDS.values(), ids=KINDS.keys())
def test_every_kind_of_answer_is_secured(cloud: LocalCloud, method: str, path: str, status: int) -> None:
    answer = ask(cloud, method, path, {"Content-Type": "image/png"} if method == "POST" else None)
    assert (answer.status, amiss(answer.headers)) == (status, [])


def test_static_files_are_secured_and_kept(cloud: LocalCloud) -> None:
    from chalicelib.web import static

    headers = ask(cloud, "GET", static.url_maker("")("portal.js")).headers
    assert amiss(headers) == ["Cache-Control"]
    assert "immutable" in headers["Cache-Control"]


def test_pages_of_somebody_signed_in_are_secured(signed_in: Callable[..., Visitor], somebody: Api) -> None:
    visitor = signed_in("", "admins")
    paths = ["/", "/keys", "/keys/k-none", "/tokens", "/account", "/admin", "/jobs/new", "/clusters/new", "/news"]
    assert {path: amiss(visitor.get(path).headers) for path in paths} == {path: [] for path in paths}
    assert amiss(somebody("GET", "/me").headers) == []
    assert amiss(somebody("DELETE", f"/keys/{somebody.add_key()}").headers) == []


def test_under_https_browsers_are_told_to_stay_there(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Strict-Transport-Security" not in ask(cloud, "GET", "/").headers
    monkeypatch.setattr(type(settings()), "https", True)
    for path in ("/", "/login", "/api/v1/me", "/__lbheartbeat__", "/static/none.css"):
        assert ask(cloud, "GET", path).headers["Strict-Transport-Security"] == "max-age=63072000", path


@pytest.mark.parametrize(
    "path",
    ["/", "/news", "/keys", "/links/x", "/__lbheartbeat__", "/static/none.css", "/api/v1/me", "/api/v1/openapi.json"],
)
def test_head_is_get_without_the_body(cloud: LocalCloud, path: str) -> None:
    head, got = (ask(cloud, method, path) for method in ("HEAD", "GET"))
    assert (head.status, head.data) == (got.status, b"")
    varying = {"Date", "Content-Length", "Set-Cookie", "Atmo-Correlation"}
    assert {name: value for name, value in head.headers.items() if name not in varying} == {
        name: value for name, value in got.headers.items() if name not in varying
    }


def test_head_is_refused_where_get_is(cloud: LocalCloud, somebody: Api) -> None:
    bearer = {"Authorization": f"Bearer {somebody.token}"}
    assert ask(cloud, "HEAD", "/api/v1/keys", bearer).status == 200
    assert ask(cloud, "HEAD", "/api/v1/keys/k-none", bearer).status == 404
    assert ask(cloud, "HEAD", "/logout").status == 405
