"""Spark's and YARN's own pages of a run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

from chalicelib.core import clock
from chalicelib.runs import apps
from chalicelib.runs.models import Run, RunStatus
from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.http import Api, reaches


def test_the_pages_of_a_run_that_is_over(cloud: LocalCloud) -> None:
    name = people.fresh("ada")
    visitor, api = people.signed_in(cloud, name), Api(cloud.portal_url, people.api_token(name))
    job = api.schedule(f"job-{uuid4().hex[:8]}")
    run_id = api("POST", f"/jobs/{job['id']}/run").body["id"]
    at = f"/runs/{run_id}"
    run = reaches(api, at, "SUCCEEDED", "FAILED", seconds=120)
    for answer in (visitor.get(f"{at}/apps/spark-history", follow=False), api("GET", f"{at}/apps/spark-history")):
        with urlopen(answer.headers["location"]) as shown:
            assert f"Spark History Server, kept by EMR of {run['jobflow_id']}" in shown.read().decode()
    assert f"{at}/apps/yarn" in "".join(visitor.get(at).addresses())
    other = people.fresh("bob")
    people.join(other)
    stranger = Api(cloud.portal_url, people.api_token(other))
    assert stranger("GET", f"{at}/apps/yarn").status == 404


def test_when_they_can_be_opened() -> None:
    now = clock.now()
    ready: dict[str, Any] = {"jobflow_id": "j-1", "ready_at": now - timedelta(hours=1)}
    cases: list[tuple[RunStatus, dict[str, Any], str]] = [
        (RunStatus.QUEUED, {}, "EMR has not launched a cluster"),
        (RunStatus.STARTING, {"jobflow_id": "j-1"}, "The run's cluster is not ready."),
        (RunStatus.RUNNING, ready, ""),
        (RunStatus.SUCCEEDED, ready | {"finished_at": now}, ""),
        (RunStatus.FAILED, {"jobflow_id": "j-1", "finished_at": now}, "This cluster was never ready"),
        (RunStatus.FAILED, ready | {"finished_at": now - timedelta(days=31)}, "EMR keeps these pages for 30 days"),
    ]
    for status, record, words in cases:
        refusal = apps.refuse(Run("r-1", status=status, **record), now)
        assert refusal.startswith(words)
        assert (refusal == "") == (words == "")
