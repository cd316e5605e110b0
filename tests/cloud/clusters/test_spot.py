"""Workers on spot instances: the wait is explained, and it ends with spot capacity or on demand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.aws.fleets import Fleet
from chalicelib.jobflows import spot
from localaws.cloud import LocalCloud
from tests.support.faults import events_go
from tests.support.http import Api, reaches, until
from tests.support.settings import site_settings
from tests.support.visitor import Visitor

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MASTER = Fleet("PROVISIONING", 1, 1, None, NOW)
TYPES = ["m5.xlarge", "m6i.xlarge"]
WAITING = "Waiting for spot capacity for 3 of 3 workers; falls back to on demand after 15 minutes."


def fleet(target: int, provisioned: int, state: str = "PROVISIONING", minutes: int = 10) -> Fleet:
    return Fleet(state, target, provisioned, timedelta(minutes=minutes), NOW)


@pytest.mark.parametrize(
    ("fleets", "minute", "said"),
    [
        ([], 1, ""),
        ([MASTER], 1, ""),
        ([MASTER, fleet(3, 3)], 1, ""),
        ([MASTER, fleet(3, 1, "RUNNING")], 1, ""),
        (
            [MASTER, fleet(1, 0)],
            9,
            "Waiting for spot capacity for 1 of 1 workers; falls back to on demand after 10 minutes.",
        ),
        (
            [MASTER, fleet(3, 1), fleet(2, 0)],
            9,
            "Waiting for spot capacity for 4 of 5 workers; falls back to on demand after 10 minutes.",
        ),
        (
            [MASTER, fleet(3, 1)],
            10,
            "There was no spot capacity within 10 minutes; EMR is taking on-demand instances instead.",
        ),
    ],
)
def test_why_it_waits(fleets: list[Fleet], minute: int, said: str) -> None:
    assert spot.reason(fleets, NOW + timedelta(minutes=minute)) == said


@pytest.fixture
def without_capacity(cloud: LocalCloud) -> Iterator[None]:
    """Workers on spot, and none to be had."""
    with site_settings(spot=True, spot_timeout=15, worker_types=TYPES):
        cloud.emr.spot_delay = 10**6
        yield
        cloud.emr.spot_delay = 0


def core(cloud: LocalCloud, jobflow_id: str) -> Any:
    fleets = cloud.client("emr").list_instance_fleets(ClusterId=jobflow_id)["InstanceFleets"]
    return next(fleet for fleet in fleets if fleet["InstanceFleetType"] == "CORE")


def test_the_wait_is_explained_and_ends_on_demand(
    cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor], without_capacity: None
) -> None:
    cluster = somebody.launch(size=3)
    at = f"/clusters/{cluster['id']}"
    waiting = until(lambda: (record := somebody("GET", at).body)["status_reason"] and record)
    assert (waiting["status"], waiting["status_reason"], waiting["spot_timeout"]) == ("STARTING", WAITING, 15)
    assert WAITING in signed_in(cluster["owner"]).get(at).text
    assert core(cloud, waiting["jobflow_id"])["ProvisionedSpotCapacity"] == 0
    cloud.clock.advance(minutes=14)
    assert somebody("GET", at).body["status"] == "STARTING"
    cloud.clock.advance(minutes=2)
    ready = reaches(somebody, at, "WAITING")
    assert "spot" not in ready["status_reason"]
    workers = core(cloud, ready["jobflow_id"])
    assert (workers["ProvisionedSpotCapacity"], workers["ProvisionedOnDemandCapacity"]) == (0, 3)


def test_workers_come_from_spot_where_there_is_capacity(cloud: LocalCloud, somebody: Api) -> None:
    with site_settings(spot=True, worker_types=TYPES):
        cluster = somebody.launch(size=3)
        ready = reaches(somebody, f"/clusters/{cluster['id']}", "WAITING")
    workers = core(cloud, ready["jobflow_id"])
    assert (workers["ProvisionedSpotCapacity"], workers["ProvisionedOnDemandCapacity"]) == (3, 0)
    described = cloud.client("emr").describe_cluster(ClusterId=ready["jobflow_id"])["Cluster"]
    assert described["InstanceCollectionType"] == "INSTANCE_FLEET"


def test_one_worker_does_not_wait(somebody: Api, without_capacity: None) -> None:
    ready = reaches(somebody, f"/clusters/{somebody.launch(size=1)['id']}", "WAITING")
    assert ready["spot_timeout"] is None


def test_it_can_be_ended_while_it_waits(somebody: Api, without_capacity: None) -> None:
    cluster = somebody.launch(size=3)
    at = f"/clusters/{cluster['id']}"
    until(lambda: somebody("GET", at).body["status_reason"] == WAITING)
    somebody("POST", f"{at}/terminate")
    assert reaches(somebody, at, "TERMINATED")["status_reason"] == f"Terminated by {cluster['owner']}."


def test_a_run_says_what_its_cluster_waits_for(somebody: Api, without_capacity: None) -> None:
    job = somebody.schedule(f"spot-{somebody('GET', '/me').body['username']}", size=3)
    run = somebody("POST", f"/jobs/{job['id']}/run").body
    until(lambda: somebody("GET", f"/runs/{run['id']}").body["status_reason"] == WAITING)
    somebody("POST", f"/runs/{run['id']}/cancel")
    reaches(somebody, f"/runs/{run['id']}", "CANCELLED")


def test_the_sweep_explains_where_events_were_lost(cloud: LocalCloud, somebody: Api, without_capacity: None) -> None:
    with events_go(cloud, lambda event, onward: None):
        at = f"/clusters/{somebody.launch(size=3)['id']}"
        reaches(somebody, at, "STARTING")
        assert somebody("GET", at).body["status_reason"] == ""

        def explained() -> bool:
            cloud.events.tick("sweep")
            return bool(somebody("GET", at).body["status_reason"] == WAITING)

        until(explained)
    somebody("POST", f"{at}/terminate")
