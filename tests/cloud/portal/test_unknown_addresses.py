"""Unknown addresses and unknown parameters: refused, by name, to people by a page and to programs by a problem."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import urllib3

from chalicelib.entrypoints import addresses
from chalicelib.web import csrf
from localaws.cloud import LocalCloud
from tests.support import crawler
from tests.support.http import RELEASE, Api, reaches
from tests.support.people import join, session_cookie, signed_in
from tests.support.visitor import Visitor

ROUTES = [
    (path, method)
    for module in addresses.PORTAL
    for path, method, _ in getattr(addresses.routes_of(module), "actions", [])
]


@pytest.mark.parametrize("path", ["/nowhere", "/jobs/j-1/nowhere/at/all", "/api/v2/jobs", "/api/v1/nowhere"])
@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/problem+json, */*", "application/problem+json"),
    ],
)
def test_unknown_addresses(cloud: LocalCloud, path: str, accept: str, kind: str) -> None:
    answer = urllib3.request("GET", f"{cloud.portal_url}{path}", headers={"Accept": accept}, retries=False)
    assert (answer.status, answer.headers["content-type"]) == (404, kind)
    if kind == "text/html":
        assert '<a href="/">the start page</a>' in answer.data.decode()
    else:
        problem = json.loads(answer.data)
        assert (problem["status"], problem["detail"]) == (404, "There is nothing at this address.")


@pytest.mark.parametrize(
    "path",
    sorted({path for path, method in ROUTES if method == "GET" and path != "/login/callback" and "{" not in path}),
)
def test_a_page_refuses_parameters_that_it_does_not_read(cloud: LocalCloud, somebody: Api, path: str) -> None:
    visitor = signed_in(cloud, somebody("GET", "/me").body["username"], "admins")
    if path == "/clusters/new":
        somebody.add_key()
    page = visitor.get(f"{path}?identifer=x&p%C3%A4ge=2")
    assert page.status == 422
    assert "identifer" in page.text
    assert "päge" in page.text


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
@pytest.mark.parametrize("path", sorted(path for path, method in ROUTES if method == "POST"))
def test_a_form_by_another_content_type_is_refused(cloud: LocalCloud, path: str, kind: str) -> None:
    join("forms-admin", "admins")
    address = cloud.portal_url + re.sub(r"{\w+}", "x", path)
    headers = {
        "Content-Type": kind,
        "Origin": cloud.portal_url,
        "Accept": "text/html",
        "Cookie": "=".join(session_cookie("forms-admin")),
    }
    answer = urllib3.request("POST", address, body=b'{"csrf_token": "x"}', headers=headers, redirect=False)
    assert (answer.status, answer.headers["content-type"]) == (415, "text/html; charset=utf-8")


def test_a_form_refuses_fields_that_its_page_does_not_read(cloud: LocalCloud, somebody: Api) -> None:
    job, cluster = somebody.schedule(f"forms-{uuid4().hex[:8]}"), somebody.launch()
    places = {"job_id": job["id"], "cluster_id": cluster["id"], "version": RELEASE}
    username = somebody("GET", "/me").body["username"]
    join(username, "admins")
    cookie = session_cookie(username)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "=".join(cookie)}
    body = urlencode({"csrf_token": csrf.token(cookie[1]), "unheard_of": "x"})
    for path in sorted(path for path, method in ROUTES if method == "POST"):
        address = cloud.portal_url + re.sub(r"{(\w+)}", lambda name: places.get(name[1], "x"), path)
        answer = urllib3.request("POST", address, body=body, headers=headers, redirect=False)
        assert (answer.status, "unheard_of" in answer.data.decode()) == (422, True), path


def test_pages_of_objects_refuse_them_too(cloud: LocalCloud, somebody: Api) -> None:
    job, cluster = somebody.schedule(f"crawled-{uuid4().hex[:8]}"), somebody.launch()
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    visitor = signed_in(cloud, somebody("GET", "/me").body["username"])
    for path in (
        f"/jobs/{job['id']}",
        f"/clusters/{cluster['id']}",
        f"/runs/{run['id']}",
        f"/keys/{cluster['ssh_key']}",
    ):
        assert visitor.get(path).status == 200
        page = visitor.get(f"{path}?tabb=runs")
        assert (page.status, "tabb" in page.text) == (422, True)


def test_every_link_form_and_fetch_of_every_page_is_accepted(cloud: LocalCloud, somebody: Api) -> None:
    """What pages themselves lead to is known to the pages that it leads to."""
    job = somebody.schedule(f"crawled-{uuid4().hex[:8]}", result_visibility="public", overlap="allow")
    cluster = somebody.launch()
    for _ in range(2):
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED", "FAILED", seconds=90)
    somebody("POST", f"/jobs/{job['id']}/shares", {"kind": "group", "name": "science", "level": "view"})
    visitor = signed_in(cloud, somebody("GET", "/me").body["username"], "admins")
    seen = []
    begin = ["/", f"/clusters/{cluster['id']}", f"/jobs/{job['id']}", f"/runs/{run['id']}"]
    ids = {cluster["id"], job["id"], *(one["id"] for one in somebody("GET", f"/jobs/{job['id']}/runs").body["items"])}
    for page in crawler.pages(visitor, begin, ids):
        seen.append(page.path)
        assert page.status == 200, (page.path, page.text[:300])
        for address in crawler.fetched(page):
            assert visitor.get(address, HX_Request="true").status in (200, 204, 286), (page.path, address)
        for form in page.forms:
            if "csrf_token" not in form.fields:  # one that looks something up
                looked_up = visitor.get(f"{form.action}?{urlencode(form.fields)}")
                assert looked_up.status == 200, (page.path, form.action)
            else:
                assert form.fields.get("submission"), (page.path, form.action)
    assert len(seen) > 30, seen


def test_what_htmx_fetches_of_the_job_form_is_accepted(visitor: Visitor) -> None:
    page = visitor.get("/jobs/new")
    fields = page.form("/jobs/new").fields
    timing = {name: fields[name] for name in ("schedule", "cron", "timezone", "start_date", "end_date")}
    query = "&".join(f"{name}={value}" for name, value in timing.items()).replace("/", "%2F")
    assert visitor.get(f"/jobs/preview?{query}", HX_Request="true").status == 200
    assert visitor.get("/jobs/available?identifier=a", HX_Request="true").status == 200
