"""Whose a cluster is that EMR has launched, and who ended it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

from localaws.cloud import LocalCloud
from tests.cloud.clusters.test_lifecycle import moving_on
from tests.support.executions import visited
from tests.support.faults import broken, emr_answers, events_go, launch_fails
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about
from tests.support.visitor import Visitor


def test_a_launch_whose_answer_was_lost_does_not_take_another_records_cluster(
    cloud: LocalCloud, api: Callable[[str], Api]
) -> None:
    """Names tell people which cluster is whose; EMR's tags decide. A name that somebody copied proves nothing."""
    somebody = api(f"{uuid4().hex[:8]}{'u' * 180}@example.org")
    key = somebody.add_key()
    first = somebody.launch(identifier="a" * 100, ssh_key=key)
    ready = reaches(somebody, f"/clusters/{first['id']}", "WAITING")
    with emr_answers(cloud, launch_fails(1, broken)):
        second = somebody.launch(identifier="a" * 100, ssh_key=key)
        assert second["name"] != first["name"]
        assert len(second["name"]) <= 256
        moving_on(cloud, lambda: somebody("GET", f"/clusters/{second['id']}").body["status"] == "WAITING", 0.5)
    other = somebody("GET", f"/clusters/{second['id']}").body
    assert other["jobflow_id"] != ready["jobflow_id"]
    assert cloud.emr.clusters[other["jobflow_id"]].tags["Record"] == second["id"]


def test_what_atmo_ends_it_says_that_it_ended(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]
) -> None:
    with events_go(cloud, lambda event, deliver: None):
        cluster = somebody.launch(lifetime=24)
        path = f"/clusters/{cluster['id']}"
        until(lambda: "AwaitReady" in visited(cloud, "cluster", cluster["id"]))
        cloud.clock.advance(minutes=61)
        moving_on(cloud, lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended", 1)
    assert somebody("GET", path).body["ended_by"] == "atmo"
    assert "by atmo, after" in signed_in(cluster["owner"]).get(path).text
    assert len(mails_about(cloud, cluster["identifier"])) == 1  # the owner did not ask for that
