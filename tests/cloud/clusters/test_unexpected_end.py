"""EMR ends a cluster by itself while the machine waits for something else; the event of that is lost, doubled, or comes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from localaws.cloud import LocalCloud
from tests.support.faults import Params, events_go
from tests.support.http import Api, reaches, until
from tests.support.mailbox import mails_about


@pytest.mark.parametrize("times", [0, 1, 2], ids=["lost", "delivered", "doubled"])
@pytest.mark.parametrize("awaiting", ["ready", "expiry"])
def test_a_cluster_that_fails(cloud: LocalCloud, somebody: Api, awaiting: str, times: int) -> None:
    """The record follows, the machine ends, and the owner is told once."""
    silent = awaiting == "ready"

    def through(event: Params, deliver: Callable[[Params], None]) -> None:
        ended = event["detail"]["state"].startswith("TERMINATED")
        for _ in range(times if ended else not silent):
            deliver(event)

    with events_go(cloud, through):
        cluster = somebody.launch()
        path = f"/clusters/{cluster['id']}"
        record = reaches(somebody, path, "STARTING" if silent else "WAITING")
        until(lambda: awaits(cluster["id"], awaiting))
        cloud.emr.clusters[record["jobflow_id"]].fail("INTERNAL_ERROR", "An internal error occurred.")
        until(lambda: cloud.emr.clusters[record["jobflow_id"]].state == "TERMINATED_WITH_ERRORS")
        if not times:
            cloud.clock.advance(minutes=5)
            cloud.events.tick("sweep")
        ended = reaches(somebody, path, "TERMINATED_WITH_ERRORS")
    assert ended["status_reason"] == "An internal error occurred."
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-cluster:{cluster['id']}"
    until(lambda: cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"] == "SUCCEEDED")
    assert len(mails_about(cloud, cluster["identifier"])) == 1


def awaits(cluster_id: str, what: str) -> bool:
    from chalicelib.clusters.models import Cluster

    record = Cluster.get(cluster_id, consistent_read=True)
    return bool(record.token and record.awaiting == what)
