"""Nobody is led elsewhere, and nothing that was typed becomes a header."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, urlencode, urljoin, urlsplit

import pytest
import urllib3
from hypothesis import example, given
from hypothesis import strategies as st

from chalicelib.web.urls import Urls
from localaws.cloud import LocalCloud
from tests.support.http import HTTP_TIMEOUT
from tests.support.sign_in import Flow
from tests.support.visitor import Visitor

HOSTILE = [
    "https://evil.example", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example",
    "/\n/evil.example", "\t//evil.example", " //evil.example", "javascript:alert(1)", "data:text/html,x", "evil.example", "//[",
    "http://[", "/\r\nSet-Cookie: a=b", "/x\r\n\r\n<script>", "/\u2028/evil.example", "/\x00", "\ud800", "/\udfff",
    "/" + "x" * 3000, "",
]  # fmt: skip
OURS = [
    "/",
    "/clusters/new",
    "/keys/new?next=/clusters/new",
    "/runs/r-1?a=b%20c&d=e#f",
    "/%2F%2Fevil.example",
    "/@evil.example",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=ascii)
def test_elsewhere_is_the_dashboard(hostile: str) -> None:
    assert Urls("").here(hostile) == "/"
    assert Urls("/portal").here(hostile) == "/portal/"


@pytest.mark.parametrize("place", OURS)
def test_pages_of_ours_are_kept(place: str) -> None:
    assert Urls("").here(place) == place
    assert Urls("/portal").here(place) == f"/portal{place}"


PIECES = st.sampled_from(
    [
        "/",
        "\\",
        "//",
        ":",
        "@",
        "?",
        "#",
        "%2f",
        "%5c",
        "evil.example",
        "http",
        "\t",
        "\n",
        "\r",
        " ",
        ".",
        ";",
        "é",
        "日",
    ]
)


@given(st.lists(PIECES | st.characters(), max_size=8).map("".join))
@example("/日本")
def test_whatever_is_asked_for_stays_here(target: str) -> None:
    place = Urls("").here(target)
    assert place.isascii()
    assert place.isprintable()
    assert " " not in place
    assert place.startswith("/")
    assert not place.startswith(("//", "/\\"))
    assert urlsplit(urljoin("https://portal.example.com/login", place)).netloc == "portal.example.com"


@pytest.mark.parametrize(
    "hostile", [place for place in HOSTILE if "\ud800" not in place and "\udfff" not in place], ids=ascii
)
def test_signing_in_leads_nowhere_else(cloud: LocalCloud, hostile: str) -> None:
    flow = Flow(cloud, "?" + urlencode({"next": hostile}))
    answer = flow.finish()
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "a=b" not in str(answer.headers.getlist("set-cookie"))


def test_a_page_whose_name_is_not_ascii(cloud: LocalCloud) -> None:
    flow = Flow(cloud, "?" + urlencode({"next": "/runs/é"}))
    assert flow.finish().headers["location"] == "/runs/%C3%A9"


@pytest.mark.parametrize(
    "path", ["/keys/x%0d%0aSet-Cookie:%20a=b", "/keys?x=%0d%0aLocation:%20https://evil.example", "//evil.example/keys"]
)
def test_addresses_do_not_become_headers(cloud: LocalCloud, path: str) -> None:
    answer = urllib3.request("GET", cloud.portal_url + path, redirect=False, timeout=HTTP_TIMEOUT)
    assert "set-cookie" not in answer.headers
    if "location" in answer.headers:
        assert answer.headers["location"].startswith("/login?next=")
        assert "evil" not in urlsplit(answer.headers["location"]).netloc


def test_the_host_that_a_request_names_is_not_believed(cloud: LocalCloud) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    answer = urllib3.request("GET", f"{cloud.portal_url}/login", headers=headers, redirect=False, timeout=HTTP_TIMEOUT)
    assert "evil" not in answer.headers["location"]
    assert quote(cloud.portal_url, safe="") in answer.headers["location"]


def test_where_a_request_comes_from_is_not_what_its_headers_say(cloud: LocalCloud) -> None:
    from chalicelib.identity.rate_limit.models import Failures

    headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": "203.0.113.99", "Forwarded": "for=203.0.113.99"}
    urllib3.request("GET", f"{cloud.portal_url}/api/v1/me", headers=headers, timeout=HTTP_TIMEOUT)
    assert [record.window.split(" ")[:2] for record in Failures.scan()] == [["token", "127.0.0.1"]]


@pytest.mark.parametrize("name", ["title", "next"])
def test_what_a_form_holds_does_not_become_a_header(signed_in: Callable[..., Visitor], name: str) -> None:
    from tests.support.http import fresh_key

    typed = {"title": "laptop", "key": fresh_key(), "next": "/keys"} | {name: "/x\r\nSet-Cookie: a=b"}
    page = signed_in().submit("/keys/new", **typed)
    assert "a=b" not in str(page.headers.get("set-cookie", ""))
    assert page.status in (200, 422)
