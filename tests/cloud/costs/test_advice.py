"""Whoever has more workers than their runs use is advised to have fewer: in the form, on the job's page, over the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.http import Api, reaches
from tests.support.visitor import Visitor

pytestmark = pytest.mark.usefixtures("priced")

WORDS = "1 worker would have done"


def test_a_job_whose_runs_need_no_workers(somebody: Api, signed_in: Callable[..., Visitor]) -> None:
    job = somebody.schedule("too-many", size=8, overlap="allow")
    advice = f"/jobs/{job['id']}/advice"
    assert somebody("GET", advice).body == {"advice": None}
    runs = [somebody("POST", f"/jobs/{job['id']}/run").body["id"] for _ in range(3)]
    ended = [reaches(somebody, f"/runs/{run}", "SUCCEEDED", seconds=90) for run in runs]
    assert {run["spark_use"]["busy_core_seconds"] for run in ended} == {0}

    said: Any = somebody("GET", advice).body["advice"]
    assert (said["size"], said["workers"], said["runs"], said["busy_percent"]) == (8, 1, 3, 0)
    assert float(said["saves"]) > 0

    visitor = signed_in(somebody("GET", "/me").body["username"])
    page = visitor.get(f"/jobs/{job['id']}?tab=runs").text
    assert WORDS in page
    assert "less a run" in page
    assert WORDS in visitor.get(f"/jobs/{job['id']}/edit").text
    fields = "size={}&job_timeout=1&timezone=UTC&start_date=2040-01-01T06:00&end_date=&schedule=daily&job=" + job["id"]
    assert WORDS in visitor.get(f"/jobs/estimate?{fields.format(8)}").text
    assert WORDS not in visitor.get(f"/jobs/estimate?{fields.format(2)}").text


def test_others_are_not_advised(somebody: Api, api: Callable[[str], Api]) -> None:
    job = somebody.schedule("mine")
    assert api("stranger")("GET", f"/jobs/{job['id']}/advice").status == 404
