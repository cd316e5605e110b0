"""A site whose shared Spark configuration cannot be used: every launch ends at once, with a sentence that says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest

from chalicelib.aws import s3
from chalicelib.core import config
from localaws.cloud import LocalCloud
from tests.support.executions import visited
from tests.support.http import Api, reaches, until
from tests.support.roles import allowed

KEY = "shared/spark.json"
BROKEN = {
    "malformed": (b"{", "is not JSON"),
    "another form": (json.dumps({"spark": {}}).encode(), "is not a list of classifications"),
    "missing": (None, "is missing"),
}


@pytest.fixture
def uri(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where the site says that its configuration is. Nothing is there."""
    bucket = config.settings().results_bucket
    with monkeypatch.context() as patch, allowed(cloud, "TaskRole", "s3:GetObject", f"arn:aws:s3:::{bucket}/{KEY}"):
        patch.setenv("SHARED_CONFIG_URI", f"s3://{bucket}/{KEY}")
        config.settings.cache_clear()
        yield f"s3://{bucket}/{KEY}"
    s3._client().delete_object(Bucket=bucket, Key=KEY)
    config.settings.cache_clear()


def store(content: bytes | None) -> None:
    if content is not None:
        s3.put(config.settings().results_bucket, KEY, content, "application/json")


@pytest.mark.parametrize(("content", "problem"), BROKEN.values(), ids=BROKEN)
def test_a_cluster_fails_to_launch(
    cloud: LocalCloud, somebody: Api, uri: str, content: bytes | None, problem: str
) -> None:
    store(content)
    cluster = somebody.launch()
    failed = reaches(somebody, f"/clusters/{cluster['id']}", "FAILED_TO_LAUNCH")
    assert f"{uri}, {problem}." in failed["status_reason"]
    assert failed["jobflow_id"] is None
    until(lambda: visited(cloud, "cluster", cluster["id"])[-1] == "Ended")


@pytest.mark.parametrize(("content", "problem"), BROKEN.values(), ids=BROKEN)
def test_a_run_fails(cloud: LocalCloud, somebody: Api, uri: str, content: bytes | None, problem: str) -> None:
    store(content)
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    failed = reaches(somebody, f"/runs/{run['id']}", "FAILED")
    assert f"{uri}, {problem}." in failed["status_reason"]
    until(lambda: visited(cloud, "job-run", run["id"])[-1] == "Ended")
    assert somebody("GET", f"/jobs/{job['id']}").body["active_run"] is None


def test_emr_is_asked_for_what_the_site_configures(cloud: LocalCloud, somebody: Api, uri: str) -> None:
    configured = [{"Classification": "spark-defaults", "Properties": {"spark.executor.memory": "4g"}}]
    store(json.dumps(configured).encode())
    ready = reaches(somebody, f"/clusters/{somebody.launch()['id']}", "WAITING")
    assert configured[0] in cloud.emr.clusters[ready["jobflow_id"]].request["Configurations"]
