"""Every list that can be searched: in pages both ways, by words, filters, dates and order, and never somebody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from chalicelib.clusters.search import FIELDS as CLUSTER_FIELDS
from chalicelib.core.search import Fields
from chalicelib.entrypoints import addresses
from chalicelib.jobs import search as job_search
from chalicelib.runs.models import Trigger
from chalicelib.runs.search import FIELDS as RUN_FIELDS
from chalicelib.web.endpoint import Endpoint
from tests.support.http import RELEASE, Api
from tests.support.visitor import Visitor

COUNT, WINDOW, LIMIT = 23, 7, 3
NOW = datetime.fromisoformat("2026-11-20T12:00:00+00:00")
LISTS: dict[str, Fields] = {"clusters": CLUSTER_FIELDS, "jobs": job_search.fields(NOW), "runs": RUN_FIELDS}
STATUSES = ("SUCCEEDED", "FAILED", "TIMED_OUT")
ENDPOINTS = [endpoint for module in addresses.API for endpoint in addresses.routes_of(module).endpoints]
SEARCHED = [endpoint for endpoint in ENDPOINTS if "sort" in endpoint.query]


@pytest.fixture(scope="module")
def owner() -> str:
    return f"owner-{uuid4().hex[:8]}"


def fill(owner: str, count: int = COUNT) -> None:
    """So many clusters, jobs and runs, the latest with the highest number, with nothing behind them."""
    for number in range(count):
        _fill_one(owner, number, NOW + timedelta(hours=number))


def _fill_one(owner: str, number: int, at: datetime) -> None:
    from chalicelib.clusters.models import Cluster
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory

    shared: dict[str, Any] = {
        "owner": owner, "owner_email": f"{owner}@example.org", "created_at": at, "size": 1 + number % 4, "emr_release": RELEASE,
    }  # fmt: skip
    name, key = f"name-{number * 7 % COUNT:02}", f"{owner}-{number:04}"
    Cluster(
        f"c-{key}", identifier=name, name="", owner_state=f"{owner}#active", lifetime=2, ssh_key="", public_key="",
        status="WAITING", jobflow_id=f"j-{uuid4().hex[:12].upper()}", expires_at=at + timedelta(days=900), **shared,
    ).save()  # fmt: skip
    job = Job(
        f"j-{key}", identifier=f"{name}-{owner}", description=("wine", "Cheese")[number % 2], notebook_name="a.ipynb",
        notebook_key="",
        notebook_version="", result_visibility="private", schedule="daily", timezone="UTC", start_date=at,
        job_timeout=1, modified_at=at, last_run=f"r-{key}", last_run_status=STATUSES[number % 3], last_run_at=at, **shared,
    )  # fmt: skip
    job.save()
    run = factory.of_job(job, f"r-{key}", Trigger.MANUAL, at, at)
    run.status, run.live = STATUSES[number % 3], None
    run.save()


@pytest.fixture(scope="module")
def filled(owner: str) -> str:
    """The name of somebody who has many things of each kind; filled by the first test that needs them."""
    return owner


@pytest.fixture
def mine(api: Callable[[str], Api], filled: str, cache: dict[str, Api]) -> Api:
    if filled not in cache:
        cache[filled] = api(filled)
        fill(filled)
    return cache[filled]


@pytest.fixture(scope="module")
def cache() -> dict[str, Api]:
    return {}


@pytest.fixture
def small_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few records are looked at for a page that a search takes several windows."""
    from chalicelib.core import windows

    monkeypatch.setattr(windows, "LOOKED_AT", WINDOW)


def pages(api: Api, path: str, towards: str = "next", cursor: str | None = None, **query: str) -> list[Any]:
    """The pages of a list from a cursor on, or from its beginning."""
    answers: list[Any] = []
    while not answers or answers[-1][towards]:
        cursor = answers[-1][towards] if answers else cursor
        fields = {"limit": str(LIMIT), **query} | ({"cursor": cursor} if cursor else {})
        answer = api("GET", f"/{path}?{urlencode(fields)}")
        assert answer.status == 200, answer.body
        answers.append(answer.body)
        assert len(answers) < 60
    return answers


def ids(answers: list[Any]) -> list[str]:
    return [item["id"] for answer in answers for item in answer["items"]]


@pytest.mark.parametrize("path", LISTS)
def test_every_order_has_everything_once_and_leads_back(mine: Api, path: str) -> None:
    for order in LISTS[path].orders:
        there = pages(mine, path, sort=order)
        assert len(set(ids(there))) == len(ids(there)) == COUNT, order
        back = pages(mine, path, "previous", there[-1]["previous"], sort=order)
        assert [page["items"] for page in reversed(back)] == [page["items"] for page in there[:-1]], order
        name = order.removeprefix("-")
        values = [item[name] for page in there for item in page["items"] if item.get(name) is not None]
        assert values == sorted(values, reverse=order.startswith("-")), order


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("query", [{"sort": "size"}, {"q": "1"}, {"size": "2", "sort": "created_at"}], ids=str)
def test_a_search_goes_on_over_windows_both_ways(
    mine: Api, path: str, query: dict[str, str], small_windows: None
) -> None:
    there = pages(mine, path, **query)
    whole = [item for item in pages(mine, path) if item]
    expected = {
        item["id"] for page in whole for item in page["items"] if query.get("size") in (None, str(item["size"]))
    }
    assert len(ids(there)) == len(set(ids(there)))
    assert set(ids(there)) <= expected
    assert "q" in query or set(ids(there)) == expected
    back = pages(mine, path, "previous", there[-1]["previous"], **query)
    assert sorted(ids(back)) == sorted(ids(there[:-1]))
    assert all(page["searched"]["records"] <= WINDOW and not page["searched"]["is_complete"] for page in there)


def test_what_is_made_meanwhile_neither_repeats_nor_hides_anything(api: Callable[[str], Api]) -> None:
    owner = f"owner-{uuid4().hex[:8]}"
    client = api(owner)
    fill(owner, 6)
    for query in ({}, {"sort": "identifier"}, {"q": "name"}):
        first = client("GET", f"/clusters?limit=3&{urlencode(query)}").body
        _fill_one(owner, 90, NOW + timedelta(days=90))
        rest = pages(client, "clusters", cursor=first["next"], **query)
        old = [one for one in ids([first, *rest]) if not one.endswith("0090")]
        assert sorted(old) == [f"c-{owner}-{number:04}" for number in range(6)]
        from chalicelib.clusters.models import Cluster

        Cluster(f"c-{owner}-0090").delete()


def test_words_filters_and_dates_together(mine: Api, filled: str) -> None:
    query = {"q": f"CHEESE {filled}", "last_run_status": "FAILED", "size": "2", "emr_release": RELEASE}
    expected = [n for n in range(COUNT) if n % 2 and n % 3 == 1 and n % 4 == 1]
    page = mine("GET", f"/jobs?{urlencode(query)}").body
    assert [item["id"] for item in page["items"]] == [f"j-{filled}-{n:04}" for n in reversed(expected)]
    assert page["searched"] == {"records": COUNT, "matches": len(expected), "is_complete": True}
    day = mine("GET", "/runs?since=2026-11-20&until=2026-11-20&limit=100").body
    assert len(day["items"]) == 12
    assert mine("GET", "/runs?since=2026-11-21T00:00:00Z&limit=100").body["items"][-1]["id"] == f"r-{filled}-0012"


def test_a_cursor_is_of_its_dates(mine: Api) -> None:
    cursor = mine("GET", "/jobs?limit=2").body["next"]
    assert mine("GET", f"/jobs?limit=2&until=2026-11-20&cursor={cursor}").status == 400
    assert mine("GET", f"/jobs?limit=2&q=name&since=2026-12-20&cursor={cursor}").status == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [("sort=nonsense", "sort"), ("since=yesterday", "since"), ("until=2026-02-30", "until"), (f"q={'x' * 201}", "q"),
     ("since=2026-11-02&until=2026-11-01", "until"), ("state=sleepy", "state"),
     ("size=two", "size"), ("size=02", "size"), ("since=2026-11-01T00:00:00", "since"),
     ("since=9999-12-31T23:59:59-23:59", "since"), ("until=9999-12-31", "until")],
)  # fmt: skip
def test_what_cannot_be_read_is_named(mine: Api, visitor: Visitor, query: str, field: str) -> None:
    answer = mine("GET", f"/clusters?{query}")
    assert answer.status == 422
    assert [error["field"] for error in answer.body["errors"]] == [field]
    page = visitor.get(f"/clusters?{query}")
    assert page.status == 422
    assert answer.body["errors"][0]["message"].split(",")[0] in page.text


@pytest.mark.parametrize("path", LISTS)
def test_nobody_finds_what_is_somebody_elses(mine: Api, somebody: Api, filled: str, path: str) -> None:
    letter = path[0]
    texts = [filled, "name-07", f"{letter}-{filled}-0003"]
    if path == "clusters":
        texts.append(mine("GET", "/clusters?limit=1").body["items"][0]["jobflow_id"])
    for text in texts:
        assert mine("GET", f"/{path}?{urlencode({'q': text})}").body["items"], text
        assert somebody("GET", f"/{path}?{urlencode({'q': text})}").body["items"] == [], text
    assert somebody("GET", f"/{path}?scope=all&q={filled}").status == 403
    for job in (f"j-{filled}-0003", "j-never-was"):
        assert somebody("GET", f"/runs?job={job}").body["items"] == []
    assert somebody("GET", f"/runs?owner={filled}").body["items"] == []


def test_those_who_look_after_everybodys_find_it_by_owner_and_jobflow(
    api: Callable[[str], Api], mine: Api, filled: str
) -> None:
    maintainer = api("maintainer")
    cluster = mine("GET", "/clusters?limit=1").body["items"][0]
    for query in ({"q": cluster["jobflow_id"]}, {"q": cluster["id"]}):
        page = maintainer("GET", f"/clusters?scope=all&{urlencode(query)}").body
        assert [item["id"] for item in page["items"]] == [cluster["id"]]
    for path in LISTS:
        answers = pages(maintainer, path, scope="all", owner=filled)
        assert len([item for answer in answers for item in answer["items"]]) == COUNT, path


@pytest.mark.parametrize("endpoint", SEARCHED, ids=lambda endpoint: endpoint.path)
def test_every_searched_list_takes_all_its_orders_and_says_what_it_searched(
    api: Callable[[str], Api], endpoint: Endpoint, cache: dict[str, Api], objects: Callable[[Endpoint], str]
) -> None:
    admin, path = cache.setdefault("admin", api("admin")), objects(endpoint)
    for order in endpoint.choices["sort"]:
        answer = admin("GET", f"{path}?sort={order}&limit=2&q=zzz-nothing-has-this")
        assert answer.status == 200, answer.body
        assert answer.body["items"] == []
    assert admin("GET", f"{path}?sort=nonsense").status == 422


@pytest.fixture
def objects(api: Callable[[str], Api], cache: dict[str, Any]) -> Callable[[Endpoint], str]:
    """An endpoint's path with a job, a run or a cluster of the admin's in it."""
    admin = cache.setdefault("admin", api("admin"))
    if "ids" not in cache:
        job = admin.schedule(f"listed-{uuid4().hex[:8]}")["id"]
        run = admin("POST", f"/jobs/{job}/run").body["id"]
        cache["ids"] = {"job_id": job, "run_id": run, "cluster_id": admin.launch()["id"]}
    return lambda endpoint: endpoint.path.removeprefix("/api/v1").format(**cache["ids"])


@pytest.mark.parametrize("path", LISTS)
def test_the_page_of_a_list_is_searched_by_its_address(
    signed_in: Callable[..., Visitor], mine: Api, filled: str, path: str
) -> None:
    visitor = signed_in(filled)
    first = visitor.get(f"/{path}?q=name&sort=size")
    assert f"{COUNT} {path} of {COUNT} match" in first.text
    assert 'value="name"' in first.html
    assert first.html.count(f'href="/{path}/{path[0]}-{filled}') == COUNT
    nothing = visitor.get(f"/{path}?q=zzz")
    assert "Clear the search" in nothing.text


def test_pages_of_a_list_lead_both_ways(signed_in: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.entrypoints.portal import searched_list

    owner = f"owner-{uuid4().hex[:8]}"
    visitor = signed_in(owner)
    fill(owner, 5)
    monkeypatch.setattr(searched_list, "A_PAGE", 2)
    for query in ("", "?sort=identifier"):
        first = visitor.get(f"/jobs{query}").html
        second = visitor.get(link(first, "next")).html
        assert 'rel="prev"' not in first
        third = visitor.get(link(second, "next")).html
        assert 'rel="next"' not in third
        again = visitor.get(link(visitor.get(link(third, "prev")).html, "prev")).html
        assert rows(again) == rows(first)
        assert len(rows(first)) == 2


def link(html: str, rel: str) -> str:
    return html.partition(f'rel="{rel}" href="')[2].partition('"')[0].replace("&amp;", "&")


def rows(html: str) -> list[str]:
    return [part.partition('"')[0] for part in html.split('class="main-link" href="')[1:]]
