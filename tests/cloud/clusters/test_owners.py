"""Whoever signed in can launch, whatever stands in their address."""

from __future__ import annotations

import pytest

from chalicelib.core import clock
from chalicelib.identity import users
from chalicelib.identity.person import Person, username_of
from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.http import Api, reaches


@pytest.mark.parametrize(
    "email",
    [
        "o'brien@example.net",
        "a+b@x.org",
        "data&ai@z.example",
        "josé.garcía@exämple.org",
        f"{'n' * 64}@{'d' * 180}.example",
    ],
)
def test_clusters_and_runs_of_any_address(cloud: LocalCloud, email: str) -> None:
    username = username_of(email, "example.com")
    users.remember(Person(username, email), clock.now())
    api = Api(cloud.portal_url, people.api_token(username))
    cluster = reaches(api, f"/clusters/{api.launch()['id']}", "WAITING")
    assert cluster["owner"] == username
    job = api.schedule(people.fresh("any-address"))
    run = api("POST", f"/jobs/{job['id']}/run").body
    assert reaches(api, f"/runs/{run['id']}", "SUCCEEDED", "FAILED")["status"] == "SUCCEEDED"
    tags = cloud.emr.clusters[cluster["jobflow_id"]].tags
    assert tags["Owner"]
