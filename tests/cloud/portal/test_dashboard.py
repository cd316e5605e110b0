"""The dashboard: what it says first, and that its price does not grow with what it shows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from pynamodb.expressions.update import Action

from localaws.gateway import THREAD
from tests.support.http import Api, reaches
from tests.support.visitor import Visitor
from tests.support.wiretap import Call, Really, tapped

Keyed = tuple[Visitor, Api]


@pytest.fixture
def aws_calls() -> Iterator[list[str]]:
    """The AWS calls of this process's request threads, as they happen."""
    made: list[str] = []

    def note(call: Call, really: Really) -> Any:
        # The site's settings are read once a minute, by whichever request comes first.
        if threading.current_thread().name == THREAD and not _of_settings(call.params):
            made.append(call.operation)
        return really()

    with tapped(note):
        yield made


def _of_settings(arguments: Any) -> bool:
    return str(arguments.get("TableName", "")).endswith("-settings")


def _fill(username: str, count: int) -> None:
    """So many records of clusters and jobs, with nothing behind them."""
    from chalicelib.clusters.models import Cluster
    from chalicelib.core import clock
    from chalicelib.jobs.models import Job

    now = clock.now()
    owned: dict[str, Any] = {
        "owner": username,
        "owner_email": f"{username}@example.org",
        "created_at": now,
    }
    for number in range(count):
        Cluster(
            f"c-{username}-{number}", identifier=f"{username}-{number}", name="", owner_state=f"{username}#active", size=1,
            lifetime=2, emr_release="7.10.0", ssh_key="", public_key="", status="WAITING",
            expires_at=now + timedelta(hours=2), **owned,
        ).save()  # fmt: skip
        Job(
            f"j-{username}-{number}", identifier=f"{username}-{number}", description="", notebook_name="a.ipynb",
            notebook_key="", notebook_version="", result_visibility="private", size=1, emr_release="7.10.0",
            schedule="daily", timezone="UTC", start_date=now, job_timeout=1, modified_at=now, last_run=f"r-{number}",
            last_run_status="SUCCEEDED", last_run_at=now, **owned,
        ).save()  # fmt: skip


def test_the_number_of_calls_is_the_same_for_one_and_for_many(
    signed_in: Callable[..., Visitor], aws_calls: list[str]
) -> None:
    seen = {}
    for name, count in (("has-none", 0), ("has-one", 1), ("has-many", 45)):
        visitor = signed_in(name)
        _fill(name, count)
        aws_calls.clear()
        assert visitor.get("/").status == 200
        seen[name] = sorted(aws_calls)
    assert seen == {name: ["BatchGetItem", "BatchGetItem", *["Query"] * 4] for name in seen}


def test_longer_lists_go_on(signed_in: Callable[..., Visitor]) -> None:
    visitor = signed_in("has-pages")
    _fill("has-pages", 25)
    first = visitor.get("/")
    links = [line.split('"')[1].replace("&amp;", "&") for line in first.html.split("<a ") if "Older" in line]
    assert len(links) == 2
    for link, where in zip(links, ("/clusters/c-", "/jobs/j-"), strict=True):
        later = visitor.get(link)
        assert later.html.count(f'href="{where}has-pages') == 5, link


def test_what_to_do_first(visitor: Visitor) -> None:
    steps = visitor.get("/").html.partition('<ol class="first-steps">')[2].partition("</ol>")[0]
    places = [steps.find(place) for place in ('href="/keys/new"', 'href="/clusters/new"', 'href="/jobs/new"')]
    assert -1 not in places
    assert places == sorted(places)


def test_filters(keyed: Keyed) -> None:
    visitor, api = keyed
    cluster = api.launch(identifier="to-be-filtered")
    shown = {
        name: "to-be-filtered" in visitor.get(f"/?clusters={name}").text for name in ("active", "terminated", "all")
    }
    assert shown == {"active": True, "terminated": False, "all": True}
    api("POST", f"/clusters/{cluster['id']}/terminate")
    reaches(api, f"/clusters/{cluster['id']}", "TERMINATED")
    shown = {
        name: "to-be-filtered" in visitor.get(f"/?clusters={name}").text
        for name in ("active", "terminated", "failed", "all", "nonsense")
    }
    assert shown == {"active": False, "terminated": True, "failed": False, "all": True, "nonsense": False}


def test_what_needs_attention_comes_first(keyed: Keyed) -> None:
    from chalicelib.clusters.models import Cluster
    from chalicelib.jobs.models import Job

    visitor, api = keyed
    assert "Needs your attention" not in visitor.get("/").text
    cluster = api.launch(identifier="soon-over")
    reaches(api, f"/clusters/{cluster['id']}", "WAITING")
    job = api.schedule(f"broken-{cluster['id'].removeprefix('c-')}")
    record = Cluster.get(cluster["id"])
    record.update([Cluster.expires_at.set(record.expires_at - timedelta(minutes=75))])
    Job(job["id"]).update(
        [Job.last_run.set("r-1"), Job.last_run_status.set("FAILED"), Job.last_run_at.set(record.created_at)]
    )
    text = visitor.get("/").text
    assert text.index("Needs your attention") < text.index("soon-over") < text.index(job["identifier"])
    assert text.index(job["identifier"]) < text.index("Clusters Active")


def test_a_fetch_by_htmx_after_the_session_ended_is_no_sign_in_page(stranger: Visitor) -> None:
    assert stranger.get("/clusters/c-1", HX_Request="true").status == 401


def test_it_asks_so_often_that_a_change_is_seen_within_2_s_and_is_told_when_nothing_is_new(keyed: Keyed) -> None:
    visitor, api = keyed
    resting = visitor.get("/", HX_Request="true")
    assert "every 1500ms" in resting.html
    stamp = resting.headers["ETag"]
    same = visitor.get("/", HX_Request="true", If_None_Match=stamp)
    assert (same.status, same.html) == (304, "")
    assert visitor.get("/", If_None_Match=stamp).status == 200, "who opens it gets it whole"
    api.launch()
    assert visitor.get("/", HX_Request="true", If_None_Match=stamp).status == 200


def test_a_failing_job_among_300_needs_attention_and_no_longer_once_it_works(
    signed_in: Callable[..., Visitor], aws_calls: list[str]
) -> None:
    """The job is older than those that the dashboard lists."""
    from chalicelib.core import clock
    from chalicelib.jobs.models import Job
    from chalicelib.runs import run_queue

    visitor = signed_in("has-300")
    _fill("has-300", 300)
    oldest = Job.get("j-has-300-7")
    oldest.update([Job.created_at.set(clock.now() - timedelta(days=30)), *run_queue.show_status("FAILED", "has-300")])
    aws_calls.clear()
    page = visitor.get("/")
    assert len(aws_calls) <= 6
    assert "Needs your attention The last run of has-300-7" in page.text
    assert page.html.count('href="/jobs/j-has-300') == 21
    oldest.update(run_queue.show_status("SUCCEEDED", "has-300"))
    assert "Needs your attention" not in visitor.get("/").text


def test_a_cluster_among_many_that_expires_soon_needs_attention(signed_in: Callable[..., Visitor]) -> None:
    from chalicelib.clusters.models import Cluster
    from chalicelib.core import clock

    visitor, now = signed_in("has-clusters"), clock.now()
    _fill("has-clusters", 45)
    soon: list[Action] = [
        Cluster.created_at.set(now - timedelta(days=1)),
        Cluster.expires_at.set(now + timedelta(minutes=9)),
    ]
    Cluster("c-has-clusters-7").update(soon)
    page = visitor.get("/")
    assert "Needs your attention The cluster has-clusters-7 expires" in page.text
    assert "Older clusters" in page.text


def test_more_failing_jobs_than_are_shown_are_a_click_away(signed_in: Callable[..., Visitor]) -> None:
    from chalicelib.jobs.models import Job
    from chalicelib.runs import run_queue

    visitor = signed_in("has-failures")
    _fill("has-failures", 30)
    for number in range(7):
        Job(f"j-has-failures-{number}").update(run_queue.show_status("FAILED", "has-failures"))
    page = visitor.get("/")
    assert page.text.count("The last run of") == 5
    assert "Other jobs failed too" in page.text
    assert "7 jobs of 30 match" in visitor.get("/jobs?last_run_status=FAILED&sort=-last_run_at").text
