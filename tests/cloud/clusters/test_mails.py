"""Mails about clusters: the right one, in text and HTML, once, and none when everything went as it was asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest

from chalicelib.clusters.diagnosis import ended_early, never_ready
from chalicelib.clusters.models import Cluster
from chalicelib.core import rendering
from chalicelib.costs.receipts import Cost
from chalicelib.diagnosis.rules import diagnose_cluster
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from localaws.emr.cluster import Termination
from tests.cloud.clusters.test_lifecycle import moving_on
from tests.support.executions import awaits_expiry, visited
from tests.support.faults import Params, broken, emr_answers, events_go, launch_fails
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about, subject_of
from tests.support.sweeps import sweep

MOMENT = datetime(2026, 11, 22, 9, 5, tzinfo=UTC)


def concluded(cloud: LocalCloud, cluster: Any) -> None:
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")


def subjects(cloud: LocalCloud, word: str) -> list[str]:
    return [subject_of(sent) for sent in mails_about(cloud, word)]


def test_the_warning_comes_once_for_each_lifetime(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch(lifetime=2)
    path, name = f"/clusters/{cluster['id']}", cluster["identifier"]
    reaches(somebody, path, "WAITING")
    sweep(cloud)
    assert subjects(cloud, name) == []
    awaits_expiry(cloud, cluster["id"])
    cloud.clock.advance(minutes=70)
    for _ in range(3):
        sweep(cloud)
    assert len(subjects(cloud, name)) == 1
    somebody("POST", f"{path}/extend", {"hours": 2})
    sweep(cloud)
    assert len(subjects(cloud, name)) == 1  # two hours and more are left
    awaits_expiry(cloud, cluster["id"], times=2)
    cloud.clock.advance(minutes=115)
    for _ in range(3):
        sweep(cloud)
    warnings = mails_about(cloud, name)
    assert len(warnings) == 2
    assert all("ends in" in sent.subject for sent in warnings)
    assert all(f"{cloud.portal_url}/links/" in str(vars(sent)) for sent in warnings)
    cloud.clock.advance(minutes=70)
    reaches(somebody, path, "TERMINATED")
    concluded(cloud, cluster)
    assert len(mails_about(cloud, name)) == 2  # the expiry itself was announced


def test_a_refused_launch_is_told_once_with_the_reason(cloud: LocalCloud, somebody: Api) -> None:
    refusal = EmrError("ValidationException", "The subnet is not valid.")
    with emr_answers(cloud, launch_fails(10, lambda: refusal)):
        cluster = somebody.launch()
        moving_on(
            cloud, lambda: somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "FAILED_TO_LAUNCH", 0.2
        )
    concluded(cloud, cluster)
    cloud.functions.invoke("cluster_task", {"task": "record_end", "cluster_id": cluster["id"]})
    assert subjects(cloud, cluster["identifier"]) == [f"Your cluster {cluster['identifier']} could not be started"]
    assert "The subnet is not valid." in str(vars(mails_about(cloud, cluster["identifier"])[0]))


def test_a_bootstrap_that_fails_is_told_with_emrs_reason(cloud: LocalCloud, somebody: Api) -> None:
    def ending_while_it_starts(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        answer = really()
        if operation == "RunJobFlow":
            cloud.emr.clusters[answer["JobFlowId"]].fail("BOOTSTRAP_FAILURE", "On the master instance, action 1 failed")
        return answer

    with emr_answers(cloud, ending_while_it_starts):
        cluster = somebody.launch()

        def ended() -> bool:
            sweep(cloud)  # the end may come before the launch is on record, and is nobody's event then
            return bool(somebody("GET", f"/clusters/{cluster['id']}").body["status"] == "TERMINATED_WITH_ERRORS")

        until(ended)
        concluded(cloud, cluster)
    assert subjects(cloud, cluster["identifier"]) == [f"Your cluster {cluster['identifier']} could not be started"]
    assert "action 1 failed" in str(vars(mails_about(cloud, cluster["identifier"])[0]))


@pytest.mark.parametrize(
    ("end", "says"),
    [
        (Termination("USER_REQUEST", "Terminated by user request"), "Nobody ended it through atmo."),
        (
            Termination("INSTANCE_FAILURE", "The master failed: Instance i-1 was lost", with_errors=True),
            "Instance i-1 was lost",
        ),
        (
            Termination("USER_REQUEST", "Terminated by auto-termination policy after being idle"),
            "nothing had run on it",
        ),
    ],
    ids=["in the console", "instance lost", "idle"],
)
def test_an_end_that_nobody_asked_for_is_told_with_emrs_reason(
    cloud: LocalCloud, somebody: Api, end: Termination, says: str
) -> None:
    cluster = somebody.launch(lifetime=24)
    ready = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    cloud.emr.clusters[ready["jobflow_id"]].terminate(end)
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED", "TERMINATED_WITH_ERRORS")
    concluded(cloud, cluster)
    cloud.functions.invoke("cluster_task", {"task": "record_end", "cluster_id": cluster["id"]})
    assert subjects(cloud, cluster["identifier"]) == [f"Your cluster {cluster['identifier']} ended early"]
    text = str(vars(mails_about(cloud, cluster["identifier"])[0]))
    assert says in text
    assert end.message in text


def test_emrs_own_idle_policy_is_told_as_such(cloud: LocalCloud, somebody: Api) -> None:
    cluster = somebody.launch(lifetime=24)
    reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    cloud.clock.advance(hours=9)
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    concluded(cloud, cluster)
    assert "nothing had run on it" in str(vars(mails_about(cloud, cluster["identifier"])[0]))


def test_a_cluster_whose_ready_event_was_lost_is_not_told_as_never_started(cloud: LocalCloud, somebody: Api) -> None:
    def only_the_end(event: Params, deliver: Callable[[Params], None]) -> None:
        if event["detail"]["state"].startswith("TERMINATED"):
            deliver(event)

    with events_go(cloud, only_the_end):
        cluster = somebody.launch(lifetime=24)
        jobflow = until(lambda: somebody("GET", f"/clusters/{cluster['id']}").body["jobflow_id"])
        until(lambda: cloud.emr.clusters[jobflow].state == "WAITING")
        until(lambda: "AwaitReady" in visited(cloud, "cluster", cluster["id"]))
        busy = [True]

        def silent(operation: str, params: Params, really: Callable[[], Params]) -> Params:
            if operation == "DescribeCluster" and busy[0]:
                raise broken()
            return really()

        with emr_answers(cloud, silent):
            cloud.emr.clusters[jobflow].terminate(
                Termination("INTERNAL_ERROR", "An internal error occurred", with_errors=True)
            )
            reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED_WITH_ERRORS")
            until(lambda: "RecordEnd" in visited(cloud, "cluster", cluster["id"]))
            assert subjects(cloud, cluster["identifier"]) == []  # EMR must be asked first
            busy[0] = False
            moving_on(cloud, lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")
    assert subjects(cloud, cluster["identifier"]) == [f"Your cluster {cluster['identifier']} ended early"]


@pytest.mark.parametrize("ready", [True, False])
def test_who_terminates_is_not_told_so(cloud: LocalCloud, somebody: Api, ready: bool) -> None:
    cluster = somebody.launch()
    if ready:
        reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    somebody("POST", f"/clusters/{cluster['id']}/terminate")
    reaches(somebody, f"/clusters/{cluster['id']}", "TERMINATED")
    moving_on(cloud, lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")
    assert mails_about(cloud, cluster["identifier"]) == []


EARLY, LATE = MOMENT - timedelta(hours=1), MOMENT + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "ready_at", "finished_at", "ended_by", "never", "early"),
    [
        ("WAITING", EARLY, None, None, False, False),
        ("TERMINATING", EARLY, None, None, False, False),
        ("FAILED_TO_LAUNCH", None, EARLY, None, True, False),
        ("TERMINATED", None, EARLY, None, True, False),
        ("TERMINATED", None, EARLY, "ada", False, False),
        ("TERMINATED", EARLY, EARLY, None, False, True),
        ("TERMINATED", EARLY, EARLY, "ada", False, False),
        ("TERMINATED", EARLY, LATE, None, False, False),
        ("TERMINATED_WITH_ERRORS", EARLY, EARLY, None, False, True),
        ("TERMINATED_WITH_ERRORS", None, LATE, None, True, False),
    ],
)
def test_which_ends_are_bad_news(
    status: str, ready_at: datetime | None, finished_at: datetime | None, ended_by: str | None, never: bool, early: bool
) -> None:
    cluster = Cluster(
        "c-1", status=status, ready_at=ready_at, finished_at=finished_at, ended_by=ended_by, expires_at=MOMENT
    )
    assert (never_ready(cluster), ended_early(cluster)) == (never, early)


LINKS = {
    "page": "http://portal/clusters/c",
    "extend": "http://portal/links/e",
    "keep": "http://portal/links/k",
    "end": "http://portal/links/t",
    "again": "http://portal/new",
}


@pytest.mark.parametrize(
    ("name", "more", "subject", "says", "links"),
    [
        (
            "cluster_expires",
            {"minutes": 58, "hours": 2},
            "Your cluster keen-noether-1 ends in 58 minutes",
            ["2026-11-22 09:05 UTC", "not saved to S3 will be lost", "Extend it|extend it"],
            ["extend", "end", "page"],
        ),
        (
            "cluster_idle",
            {"minutes": 15, "idle": "1 h 45 min"},
            "Your cluster keen-noether-1 is idle and ends in 15 minutes",
            ["has been idle for 1 h 45 min", "2026-11-22 09:05 UTC", "not saved to S3 will be lost", "Keep it|keep it"],
            ["keep", "end", "page"],
        ),
        (
            "cluster_failed",
            {"diagnosis": diagnose_cluster("EMR refused <b>the launch</b>").record()},
            "Your cluster keen-noether-1 could not be started",
            ["2026-11-22 08:05 UTC", "EMR refused <b>the launch</b>", "It has cost $1.23."],
            ["page", "again"],
        ),
        (
            "cluster_ended",
            {"diagnosis": diagnose_cluster("EMR refused <b>the launch</b>").record()},
            "Your cluster keen-noether-1 ended early",
            ["2026-11-22 08:05 UTC", "2026-11-22 09:05 UTC", "Nobody ended it through atmo.", "EMR refused"],
            ["page", "again"],
        ),
        (
            "cluster_ended",
            {"diagnosis": diagnose_cluster("Cluster was idle for 8 hours.").record()},
            "Your cluster keen-noether-1 ended early",
            ["EMR ended the cluster because nothing had run on it for a long time."],
            ["page", "again"],
        ),
        (
            "cluster_ended",
            {"diagnosis": diagnose_cluster("It was not used for 2 h 0 min.").record()},
            "Your cluster keen-noether-1 ended early",
            [
                "before its expiry at 2026-11-22 09:05 UTC.",
                "Nobody had used the cluster for 2 h 0 min, so atmo ended it",
            ],
            ["page", "again"],
        ),
    ],
)
def test_text_and_html_say_the_same(
    name: str, more: dict[str, object], subject: str, says: list[str], links: list[str]
) -> None:
    cluster = Cluster(
        "c-1", identifier="keen-noether-1", status="TERMINATED", status_reason="EMR refused <b>the launch</b>",
        created_at=EARLY, finished_at=EARLY, expires_at=MOMENT, idle_ends_at=MOMENT,
    )  # fmt: skip
    written = {
        part: rendering.render(
            f"mails/{name}/{part}", cluster=cluster, cost=Cost(Decimal("1.23"), True), **LINKS, **more
        )
        for part in ("subject.txt", "body.txt", "body.html")
    }
    assert written["subject.txt"].strip() == subject
    assert "<b>" not in written["body.html"]
    assert "\n\n\n" not in written["body.txt"]
    for words in (
        written["body.txt"],
        unescape(re.sub(r"</?(p|strong|a|ul|li|code)\b[^>]*>", "", written["body.html"])),
    ):
        assert [phrase for phrase in says if not any(way in words for way in phrase.split("|"))] == []
    for link in links:
        assert LINKS[link] in written["body.txt"]
        assert f'href="{LINKS[link]}"' in written["body.html"]
