"""Instance hours, as the API and the cluster's page say them."""

from __future__ import annotations

from collections.abc import Callable

from localaws.cloud import LocalCloud
from tests.support.http import Api, reaches, until
from tests.support.visitor import Visitor


def test_a_cluster_says_what_it_used(cloud: LocalCloud, somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    cluster = somebody.launch(size=2, lifetime=24)
    path = f"/clusters/{cluster['id']}"
    assert cluster["instance_hours"] is None
    assert reaches(somebody, path, "WAITING")["instance_hours"] == 24
    cloud.clock.advance(hours=5, minutes=30)
    assert somebody("GET", path).body["instance_hours"] == 6 * 24
    page = signed_in(cluster["owner"]).get(path)
    assert "about 144 so far" in page.text
    somebody("POST", f"{path}/terminate")
    ended = reaches(somebody, path, "TERMINATED")
    until(
        lambda: somebody("GET", path).body["instance_hours"] == cloud.emr.clusters[ended["jobflow_id"]].normalized_hours
    )
    cloud.clock.advance(hours=3)
    assert somebody("GET", path).body["instance_hours"] == 6 * 24
    assert "Normalized instance hours 144" in signed_in(cluster["owner"]).get(path).text
