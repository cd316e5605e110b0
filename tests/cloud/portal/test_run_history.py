"""The history of a job: the chart, the filter, and two runs side by side."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.runs.models import Trigger
from localaws.cloud import LocalCloud
from tests.support.http import Api
from tests.support.people import fresh, signed_in
from tests.support.uploads import notebook
from tests.support.visitor import Page, Visitor

MINUTES = (10, 11, 9, None, 10, 40)
"""How long the runs took; the fourth one failed."""


def api_of(cloud: LocalCloud, person: Visitor) -> Api:
    from chalicelib.core import clock
    from chalicelib.identity import tokens

    now, secret = clock.now(), tokens.new_secret()
    tokens.issue(person.name, "test", now + timedelta(days=365), now, "write", secret)
    return Api(cloud.portal_url, secret)


@pytest.fixture(scope="module")
def owner(cloud: LocalCloud) -> Visitor:
    return signed_in(cloud, fresh("hilda"))


@pytest.fixture(scope="module")
def ids(cloud: LocalCloud, owner: Visitor) -> list[str]:
    """The ids of the runs, the earliest first; the notebook was replaced before the last one."""
    from chalicelib.core import clock
    from chalicelib.identity.person import Person
    from chalicelib.jobs import service as jobs
    from chalicelib.runs import factory

    api, person = api_of(cloud, owner), Person(owner.name, f"{owner.name}@example.org")
    job_id = api.schedule(fresh("history"), notebook={"name": "a.ipynb", "content": notebook("a = 1").decode()})["id"]
    made: list[str] = []
    for place, minutes in enumerate(MINUTES):
        if place == len(MINUTES) - 1:
            api("PATCH", f"/jobs/{job_id}", {"notebook": {"name": "a.ipynb", "content": notebook("a = 2").decode()}})
        started = clock.now() + timedelta(days=place - 30)
        run = factory.of_job(jobs.get(person, job_id), f"r-{job_id[2:]}-{place}", Trigger.SCHEDULE, started, started)
        run.status, run.live, run.started_at = "SUCCEEDED" if minutes else "FAILED", None, started
        run.finished_at = started + timedelta(minutes=minutes or 1)
        run.previous_run = made[-1] if made else None
        run.save()
        made.append(run.id)
        cloud.client("s3").put_object(
            Bucket="atmo-local-results-123456789012-us-east-1",
            Key=f"{run.results_prefix}files/rows.csv",
            Body=b"x" * place,
        )
    return made


@pytest.fixture(scope="module")
def runs_tab(owner: Visitor, ids: list[str]) -> Page:
    job_id = "j-" + ids[0].split("-")[1]
    return owner.get(f"/jobs/{job_id}?tab=runs")


def test_the_chart_says_in_words_what_it_shows(runs_tab: Page) -> None:
    said = "How long the last 6 runs took, the earliest first: 5 succeeded, 1 failed. The longest took 40 min 0 s"
    assert said in runs_tab.text
    assert "the successful ones usually 10 min 0 s (the dashed line)" in runs_tab.text
    assert 'role="group" aria-labelledby="chart-said"' in runs_tab.html
    assert runs_tab.html.count('class="bar-length"') == 6
    assert "slower than usual" in runs_tab.html
    assert "style=" not in runs_tab.html


def test_a_run_is_one_line_with_its_length_drawn_and_its_cost(runs_tab: Page, owner: Visitor, ids: list[str]) -> None:
    rows = re.findall(r"<tr[^>]*>.*?</tr>", runs_tab.html, re.DOTALL)[1:]
    widths = [re.findall(r'class="length-of" x="0" y="1" width="([\d.]+)"', row) for row in rows]
    assert widths == [["100.0"], ["25.0"], ["2.5"], ["22.5"], ["27.5"], ["25.0"]]
    assert all(row.count("<br>") == 0 and 'data-label="Cost"' in row for row in rows)
    assert "Compare" not in rows[0], "that is a mode"
    everything = owner.get(f"/runs?job=j-{ids[0].split('-')[1]}").html
    assert everything.count('class="length-of"') == everything.count('data-label="Cost"') == len(MINUTES)


def test_runs_are_filtered_by_status(owner: Visitor, cloud: LocalCloud, runs_tab: Page, ids: list[str]) -> None:
    failed = owner.get(f"{runs_tab.path}&status=FAILED")
    assert [path for path in failed.addresses() if path.startswith("/runs/")][-1] == f"/runs/{ids[3]}"
    assert failed.html.count('data-label="Took"') == 1
    assert "No runs of this job are cancelled." in owner.get(f"{runs_tab.path}&status=CANCELLED").text
    assert owner.get(f"{runs_tab.path}&status=LOST").status == 422
    api, path = api_of(cloud, owner), f"{runs_tab.path.partition('?')[0]}/runs?status=SUCCEEDED&limit=2"
    seen: list[str] = []
    cursor = ""
    for _ in range(9):
        body = api("GET", path + cursor).body
        assert len(body["items"]) <= 2
        seen += [run["id"] for run in body["items"]]
        if not body["next"]:
            break
        cursor = f"&cursor={body['next']}"
    assert seen == [run_id for run_id in ids[::-1] if run_id != ids[3]], "each once, the latest first"
    refused = api("GET", f"{runs_tab.path.partition('?')[0]}/runs?status=LOST")
    assert refused.body["errors"][0]["field"] == "status"


def test_two_runs_are_compared(owner: Visitor, runs_tab: Page, ids: list[str]) -> None:
    page = owner.get(f"{runs_tab.path.partition('?')[0]}/compare?one={ids[5]}&other={ids[0]}")
    assert page.path == f"/runs/{ids[5]}/compare/{ids[0]}"
    for said in (
        "40 min 0 s 4.0 times as long",
        "a.ipynb, version 1",
        "a.ipynb, version 2",
        "1 changed",
        "rows.csv 0 bytes 5 bytes other size",
    ):
        assert said in page.text
    assert "The later run was slow" not in page.text
    chosen_once = owner.get(f"{runs_tab.path.partition('?')[0]}/compare?one={ids[5]}")
    assert chosen_once.status == 409
    assert "Choose two runs" in chosen_once.text


def test_the_later_one_of_the_same_notebook_was_slow(owner: Visitor, ids: list[str]) -> None:
    from chalicelib.runs.models import Run

    before, slow = Run.get(ids[4]), Run.get(ids[5])
    another = slow.notebook_version
    slow.update([Run.notebook_version.set(before.notebook_version)])
    page = owner.get(f"/runs/{ids[4]}/compare/{ids[5]}")
    slow.update([Run.notebook_version.set(another)])
    said = "The later run was slow It took 4.0 times as long as usual: the median of the previous 4 successful runs is 10 min 0 s."
    assert said in page.text


def test_over_the_api(owner: Visitor, cloud: LocalCloud, ids: list[str]) -> None:
    api = api_of(cloud, owner)
    comparison = api("GET", f"/runs/{ids[5]}/compare/{ids[0]}").body
    assert (comparison["earlier"]["id"], comparison["later"]["id"]) == (ids[0], ids[5])
    assert comparison["took"] == {"earlier": 600, "later": 2400, "times": 4.0}
    assert comparison["differ"] == ["notebook_number"]
    assert [cell["lines"] for cell in comparison["notebook"]] == [["-a = 1", "+a = 2"]]
    assert comparison["files"] == [{"name": "files/rows.csv", "earlier": 0, "later": 5}]
    assert comparison["slow"] == {"times": 4.0, "usual": 600, "of": 4}
    assert api("GET", f"/runs/{ids[5]}/compare/{ids[5]}").status == 409
    assert api("GET", f"/runs/{ids[5]}/compare/r-nothing").status == 404


def test_a_stranger_compares_nothing(cloud: LocalCloud, ids: list[str]) -> None:
    assert signed_in(cloud, fresh("eve")).get(f"/runs/{ids[5]}/compare/{ids[0]}").status == 404


def test_a_run_says_that_it_was_slow_and_what_it_ran(owner: Visitor, ids: list[str]) -> None:
    page = owner.get(f"/runs/{ids[5]}")
    assert "It took 4.0 times as long as usual" in page.text
    assert f"/runs/{ids[5]}/compare/{ids[4]}" in page.addresses()
    assert "versionId=" in owner.get(f"/runs/{ids[5]}/source", follow=False).headers["Location"]


def test_a_run_says_how_long_its_results_are_kept(owner: Visitor, cloud: LocalCloud, ids: list[str]) -> None:
    from chalicelib.core import clock

    page = owner.get(f"/runs/{ids[5]}")
    kept_until = clock.parse(api_of(cloud, owner)("GET", f"/runs/{ids[5]}").body["results_kept_until"])
    assert f"are kept until {kept_until:%Y-%m-%d}" in page.text


def test_results_that_are_kept_no_more_are_said_to_be_gone(owner: Visitor, ids: list[str]) -> None:
    from chalicelib.runs.models import Run

    run = Run.get(ids[3])
    run.id, run.created_at = f"{ids[3]}-old", run.created_at - timedelta(days=500)
    run.started_at = run.finished_at = run.created_at
    run.save()
    page = owner.get(f"/runs/{run.id}")
    assert (
        f"The results have been deleted They were kept until {run.created_at + timedelta(days=400):%Y-%m-%d}."
        in page.text
    )
    run.delete()


def test_a_java_stack_is_summed_up_in_lists_and_folded_on_the_runs_page(owner: Visitor, ids: list[str]) -> None:
    from chalicelib.runs.models import Run

    stack = "\n\tat org.apache.spark.Task.run(Task.scala:141)" * 60
    run = Run.get(ids[3])
    run.update(
        [Run.status_reason.set(f"An error occurred while calling o42.count.\n: java.lang.OutOfMemoryError{stack}")]
    )
    path = f"/jobs/{run.job_id}?tab=runs"
    for page in (owner.get(path), owner.get("/runs"), owner.get(f"/runs/{ids[2]}/compare/{ids[3]}")):
        assert "An error occurred while calling o42.count: java.lang.OutOfMemoryError" in page.text
        assert "Task.scala" not in page.html
    html = owner.get(f"/runs/{ids[3]}").html
    assert "Task.scala" in html.partition("<summary>The whole message</summary>")[2]
    assert "Task.scala" not in html.partition("<summary>The whole message</summary>")[0]


def test_two_runs_are_chosen_in_a_mode_of_its_own(owner: Visitor, ids: list[str]) -> None:
    from chalicelib.runs.models import Run

    path = f"/jobs/{Run.get(ids[0]).job_id}?tab=runs"
    assert 'type="radio"' not in owner.get(path).html
    mode = owner.get(f"{path}&compare=yes")
    assert mode.html.count('name="one"') == mode.html.count('name="other"') == len(ids)
    assert "Leave" in mode.text
