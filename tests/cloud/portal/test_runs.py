"""Runs through the portal, on the embedded EMR, by the real runner: what Spark computed is there to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.cloud.portal.test_job_form import fill
from tests.support.http import HTTP_TIMEOUT, TINY, until
from tests.support.people import fresh, signed_in
from tests.support.visitor import Page, Visitor

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
OVER = re.compile(r'class="status[^"]*" title="(SUCCEEDED|FAILED|TIMED_OUT|CANCELLED)"')


@dataclass(frozen=True)
class Finished:
    """A job and its run that is over, as their owner sees them."""

    owner: Visitor
    job: str
    run: Page

    def frame(self) -> Page:
        """What the sandboxed frame of the run's page shows."""
        frame = re.search(r'<iframe src="([^"]+)" sandbox=""', self.run.html)
        assert frame, "the run's page has no frame without rights"
        return self.owner.get(frame[1])


def started(person: Visitor, notebook: tuple[str, bytes], **changes: str) -> tuple[Page, Page]:
    """A new job's page and the page of its run, begun by the button "Run now"."""
    job = fill(person, notebook, **changes)
    assert job.status == 200, job.text
    run = person.send(job, f"{job.path}/run")
    assert run.path.startswith("/runs/r-"), run.text
    return job, run


def over(person: Visitor, path: str, seconds: float) -> Page:
    """The run's page once the run is over."""

    def page() -> Page | None:
        page = person.get(path)
        return page if OVER.search(page.html) else None

    return until(page, seconds)


def finished(person: Visitor, name: str, seconds: float, **changes: str) -> Finished:
    job, run = started(person, (name, (NOTEBOOKS / name).read_bytes()), **changes)
    return Finished(person, job.path, over(person, run.path, seconds))


@pytest.fixture(scope="module")
def flights(alice: Visitor) -> Finished:
    return finished(alice, "flights.ipynb", 240, parameters='{"top": 4}')


@pytest.fixture(scope="module")
def failing(alice: Visitor) -> Finished:
    return finished(alice, "failing.ipynb", 90)


def test_the_framed_notebook_shows_what_spark_computed(flights: Finished) -> None:
    assert "Succeeded" in flights.run.text
    rows = re.findall(r"<td>(\w\w)</td>\s*<td>(\d+)</td>", flights.frame().html)
    assert rows == [("UA", "58665"), ("B6", "54635"), ("EV", "54173"), ("DL", "48110")], "four rows by its parameter"


def test_its_files_are_listed_and_can_be_downloaded(flights: Finished) -> None:
    page = flights.owner.get(flights.job)
    assert "The results of" in page.text, "results are what a job that has run shows first"
    for shown in ("carriers.csv", "notebook.ipynb", "notebook.html", "run.log", "kB"):
        assert shown in page.text
    (link,) = [address for address in page.addresses() if address.endswith("/files/files%2Fcarriers.csv")]
    moved = flights.owner.get(link, follow=False)
    assert moved.status == 302
    file = urllib3.request("GET", moved.headers["Location"], timeout=HTTP_TIMEOUT)
    assert file.data.decode().splitlines()[1].startswith("UA,58665,")
    assert "attachment" in file.headers["Content-Disposition"]


def test_the_run_tells_everything_of_itself(flights: Finished) -> None:
    for shown in (
        "Run now",
        "1 worker",
        "7.10.0",
        "Requested",
        "Cluster launched",
        "Notebook started",
        "Finished",
        '{"top": 4}',
    ):
        assert shown in flights.run.text
    jobflow = re.search(r"j-[A-Z0-9]{8,}", flights.run.text)
    assert jobflow
    assert any(address.endswith(f"#/clusterDetails/{jobflow[0]}") for address in flights.run.addresses())
    runs = flights.owner.get(f"{flights.job}?tab=runs")
    for shown in ("Succeeded", "Run now", "1 worker, EMR 7.10.0"):
        assert shown in runs.text
    log = flights.owner.get(f"{flights.job}?tab=logs")
    assert "SUCCEEDED" in log.text
    assert flights.run.headers["X-ATMO-Modified-Date"]


def test_a_page_of_a_run_that_is_over_is_answered_briefly(flights: Finished) -> None:
    for path in (flights.run.path, f"{flights.job}?tab=logs"):
        stamp = flights.owner.get(path, HX_Request="true").headers["ETag"]
        assert flights.owner.get(path, HX_Request="true", If_None_Match=stamp).status == 304, path
    assert 'http-equiv="refresh"' not in flights.run.html
    assert not flights.run.has_form(f"{flights.run.path}/cancel")


def test_a_failed_run_names_the_cell_and_the_error(failing: Finished) -> None:
    text = failing.run.text
    assert "Failed" in text
    assert "Cell 3 raised an error, and the notebook stopped there: ValueError: no reading for wednesday" in text
    assert "In [3]" in text
    assert "if missing:" in text, "the source of the cell that failed"
    assert "Cell 3 raised ValueError" in failing.owner.get(failing.job).text
    assert "Cell 3 raised ValueError" in failing.owner.get(f"{failing.job}?tab=runs").text


def test_what_the_cells_before_printed_is_there_to_read(failing: Finished) -> None:
    frame = failing.frame().html
    assert "3 days of readings" in frame
    assert "without a reading: wednesday" in frame
    assert "mean:" not in re.sub(r"<[^>]+>", "", frame).replace('f"mean:', ""), "the fourth cell did not run"


def test_a_notebook_is_framed_without_origin_script_or_network(failing: Finished) -> None:
    frame = failing.frame()
    policy = frame.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "frame-ancestors 'self'" in policy
    assert "script" not in policy
    assert frame.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert frame.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-src 'self'" in failing.run.headers["Content-Security-Policy"]


@pytest.mark.parametrize("page", ["", "/notebook"])
def test_others_see_nothing_of_a_run(failing: Finished, bob: Visitor, page: str) -> None:
    assert bob.get(failing.run.path + page).status == 404
    token = bob.get("/jobs/new").fields("/jobs/new")["csrf_token"]
    assert bob.post(f"{failing.run.path}/cancel", {"csrf_token": token}).status == 404


def test_a_run_that_is_over_cannot_be_cancelled(failing: Finished) -> None:
    token = failing.owner.get("/jobs/new").fields("/jobs/new")["csrf_token"]
    page = failing.owner.post(f"{failing.run.path}/cancel", {"csrf_token": token})
    assert page.status == 409
    assert "The run has already ended (failed)." in page.text


@dataclass(frozen=True)
class Waiting:
    """A run whose notebook waits until it is cancelled."""

    owner: Visitor
    job: Page
    run: Page


@pytest.fixture(scope="module")
def waiting(cloud: LocalCloud) -> Iterator[Waiting]:
    notebook = json.loads(json.dumps(TINY))
    notebook["cells"][0]["source"] = "import time\ntime.sleep(3600)"
    owner = signed_in(cloud, fresh("wanda"))
    waiting = Waiting(owner, *started(owner, ("waits.ipynb", json.dumps(notebook).encode())))
    yield waiting
    page = owner.get(waiting.run.path)
    if page.has_form(f"{waiting.run.path}/cancel"):
        owner.send(page, f"{waiting.run.path}/cancel")


def test_a_job_that_runs_is_refused_another_run_with_the_reason(waiting: Waiting) -> None:
    page = waiting.owner.send(waiting.job, f"{waiting.job.path}/run", submission="another")
    assert page.status == 409
    assert "is still running. Wait until it ends, or cancel it first." in page.text
    assert waiting.run.path in page.addresses()
    assert 'http-equiv="refresh"' not in page.html, "reloading the answer to a post would send it again"


def test_the_button_sent_twice_makes_one_run(waiting: Waiting) -> None:
    again = waiting.owner.send(waiting.job, f"{waiting.job.path}/run")
    assert again.path == waiting.run.path


def test_pages_of_a_run_under_way_are_fetched_anew(waiting: Waiting) -> None:
    for path in (waiting.run.path, waiting.job.path):
        page = waiting.owner.get(path)
        assert "every " in page.html
        assert 'http-equiv="refresh"' in page.html, "for browsers without JavaScript"
        assert "View the run" in page.text or page.has_form(f"{path}/cancel")
    assert "HX-Redirect" not in waiting.owner.get(waiting.job.path, HX_Request="true").headers


def test_the_log_so_far_is_there_to_read(cloud: LocalCloud, waiting: Waiting) -> None:
    from chalicelib.core.config import settings
    from chalicelib.runs.models import Run

    owner, path = waiting.owner, f"{waiting.run.path}/log"
    until(lambda: path in owner.get(waiting.run.path).html)
    run = Run.get(waiting.run.path.rpartition("/")[2])
    log = {"Bucket": settings().results_bucket, "Key": f"{run.results_prefix}run.log"}
    cloud.client("s3").put_object(Body=b"cell 1: reads <em>everything</em>\n", **log)
    page, fragment = owner.get(path), owner.get(path, HX_Request="true")
    assert page.heading == "Log"
    assert 'http-equiv="refresh"' in page.html
    for html in (page, fragment):
        assert "cell 1: reads &lt;em&gt;everything&lt;/em&gt;" in html.html
    assert "<html" not in fragment.html


def test_the_log_of_a_run_that_is_over_is_asked_for_no_more(failing: Finished) -> None:
    path = f"{failing.run.path}/log"
    assert failing.owner.get(path, HX_Request="true").status == 286
    assert "no reading for wednesday" in failing.owner.get(path).text
    assert path not in failing.run.html


def test_a_run_that_is_queued_says_for_which_one_it_waits(waiting: Waiting) -> None:
    owner, path = waiting.owner, f"{waiting.job.path}/edit"
    owner.send(owner.get(path), path, overlap="queue")
    queued = owner.send(owner.get(waiting.job.path), f"{waiting.job.path}/run", submission="queued")
    assert "Waiting for its turn" in queued.text
    assert "Waiting for its turn" in queued.text
    assert "EMR usually" not in queued.text
    assert "Waiting for EMR" not in queued.text
    assert waiting.run.path in queued.addresses()
    owner.send(queued, f"{queued.path}/cancel")
    over(owner, queued.path, 60)


def test_cancelling_ends_it(waiting: Waiting) -> None:
    page = waiting.owner.get(waiting.run.path)
    cancelled = waiting.owner.send(page, f"{waiting.run.path}/cancel")
    assert cancelled.status == 200
    assert not cancelled.has_form(f"{waiting.run.path}/cancel")
    page = over(waiting.owner, waiting.run.path, 60)
    assert f"Cancelled by {waiting.owner.name}." in page.text
    job = waiting.owner.get(waiting.job.path, HX_Request="true", Atmo_Follows="run")
    assert job.headers["HX-Redirect"] == f"{waiting.job.path}?tab=results", "a page that followed it opens the results"
    assert "HX-Redirect" not in waiting.owner.get(waiting.job.path, HX_Request="true").headers
    assert job.has_form(f"{waiting.job.path}/run")


def test_a_run_outlives_its_job(waiting: Waiting) -> None:
    waiting.owner.send(waiting.owner.get(waiting.job.path), f"{waiting.job.path}/delete")
    page = waiting.owner.get(waiting.run.path)
    assert page.status == 200
    assert f"Job {waiting.job.heading} (deleted)" in page.text
    assert waiting.job.path not in page.addresses()
