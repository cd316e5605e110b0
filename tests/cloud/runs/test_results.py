"""The files of a run: in pages, by addresses that stay, and a notebook that is shown or said to be too large."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest
import urllib3

from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.jobs.models import Job
from chalicelib.runs import factory, results
from chalicelib.runs.models import Run, Trigger
from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.visitor import Visitor

PARTS = 120
ODD = "files/a b&c=d?#%2F\u00fc.csv"


@pytest.fixture
def run(cloud: LocalCloud, somebody: Api) -> Run:
    """A run that is over, and left three files."""
    job = Job.get(somebody.schedule(f"files-{uuid4().hex[:8]}")["id"], consistent_read=True)
    made = factory.of_job(job, f"r-files{uuid4().hex[:12]}", Trigger.MANUAL, clock.now(), clock.now())
    made.live, made.status, made.started_at, made.finished_at = None, "SUCCEEDED", clock.now(), clock.now()
    made.save()
    job.update(
        [Job.last_run.set(made.id), Job.last_run_status.set(made.status), Job.last_run_at.set(made.scheduled_at)]
    )
    for name in (ODD, "run.log", results.PAGE):
        put(cloud, made, name, name.encode())
    return made


@pytest.fixture
def many(cloud: LocalCloud, run: Run) -> Run:
    """A run whose notebook wrote more files than one page lists."""
    for number in range(PARTS):
        put(cloud, run, f"files/part-{number:05}.csv", b"a part")
    return run


def put(cloud: LocalCloud, run: Run, name: str, body: bytes) -> None:
    cloud.client("s3").put_object(Bucket=settings().results_bucket, Key=run.results_prefix + name, Body=body)


def test_the_api_lists_files_in_pages_each_by_a_link_that_stays(cloud: LocalCloud, somebody: Api, many: Run) -> None:
    files: list[Any] = []
    cursor, pages = "", 0
    while pages == 0 or cursor:
        page = somebody("GET", f"/runs/{many.id}/results?limit=50{cursor and f'&cursor={cursor}'}").body
        files, cursor, pages = files + page["items"], page["next"], pages + 1
    assert [file["name"] for file in files] == sorted({file["name"] for file in files})
    assert (len(files), pages) == (PARTS + 3, 3)
    odd = next(file for file in files if file["name"] == ODD)
    answer = somebody("GET", urlsplit(odd["link"]).path.removeprefix("/api/v1"))
    assert answer.status == 302
    for address in (answer.headers["Location"], odd["url"]):
        assert urllib3.request("GET", address).data == ODD.encode()


@pytest.mark.parametrize("cursor", ["*", "%00", "_w", "a" * 300])
def test_a_made_up_cursor_is_refused_or_leads_to_nothing_else(somebody: Api, run: Run, cursor: str) -> None:
    assert somebody("GET", f"/runs/{run.id}/results?cursor={cursor}").status in (200, 400)


@pytest.mark.parametrize("name", ["missing.csv", "files", "../outcome.json"])
def test_a_file_that_is_not_there_is_not_found(
    somebody: Api, signed_in: Callable[..., Visitor], run: Run, name: str
) -> None:
    path = f"/runs/{run.id}/files/{quote(name, safe='')}"
    assert somebody("GET", path).status == 404
    assert signed_in(run.owner).get(path).status == 404


def test_others_files_are_not_found(api: Callable[[str], Api], signed_in: Callable[..., Visitor], run: Run) -> None:
    assert api("stranger")("GET", f"/runs/{run.id}/files/run.log").status == 404
    assert signed_in().get(f"/runs/{run.id}/files/run.log").status == 404


def test_the_pages_show_files_in_pages(signed_in: Callable[..., Visitor], many: Run) -> None:
    owner = signed_in(many.owner)
    for path in (f"/runs/{many.id}", f"/jobs/{many.job_id}?tab=results"):
        seen: list[str] = []
        while path:
            page = owner.get(path)
            assert page.status == 200
            assert '<iframe src="' in page.html, "the notebook is shown on each of them"
            seen += re.findall(r'class="main-link" href="[^"]+/files/([^"]+)"', page.html)
            more = re.search(r'href="([^"]+files_after=[^"]+)"', page.html)
            path = more[1].replace("&amp;", "&") if more else ""
        assert len(seen) == len(set(seen)) == PARTS + 3


def test_a_page_too_large_for_lambda_is_framed_from_s3(
    cloud: LocalCloud, signed_in: Callable[..., Visitor], run: Run
) -> None:
    put(cloud, run, results.PAGE, b"<p>large</p>" + b" " * results.MAX_DIRECT_PAGE)
    owner = signed_in(run.owner)
    page = owner.get(f"/runs/{run.id}")
    policy = page.headers["Content-Security-Policy"]
    assert f"frame-src 'self' {results.origin()};" in policy
    framed = owner.get(f"/runs/{run.id}/notebook", sec_fetch_dest="iframe")
    assert (framed.status, framed.html[:12]) == (200, "<p>large</p>")
    assert framed.headers["Content-Type"] == "text/html; charset=utf-8"
    alone = owner.get(f"/runs/{run.id}/notebook")
    assert alone.status == 413
    assert "Download notebook.html" in alone.text


def test_a_page_too_large_for_browsers_says_so(
    cloud: LocalCloud, signed_in: Callable[..., Visitor], run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MAX_PAGE", 5)
    page = signed_in(run.owner).get(f"/runs/{run.id}")
    assert "The notebook is too large to show" in page.text
    assert "<iframe" not in page.html
