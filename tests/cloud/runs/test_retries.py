"""Attempts through the front door: each a run of its own, one after the other, the last one's outcome the incident's."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.executions import awaits_start
from tests.support.http import TINY, Api, reaches, until

FAILS = TINY | {"cells": [TINY["cells"][0] | {"source": "raise ValueError('no such day')"}]}
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED")


def failing(api: Api, **changes: Any) -> Any:
    notebook = {"name": "fails.ipynb", "content": FAILS}
    return api.schedule(f"retry-{uuid4().hex[:8]}", **({"notebook": notebook, "retries": 2} | changes))


def start(api: Api, job: Any, **body: Any) -> Any:
    answer = api("POST", f"/jobs/{job['id']}/run", body)
    assert answer.status == 202, answer.body
    return answer.body


def runs_of(api: Api, job: Any) -> list[Any]:
    """The job's runs, the first made first."""
    return list(reversed(api("GET", f"/jobs/{job['id']}/runs").body["items"]))


def waits(api: Api, run: Any) -> Any:
    """The next attempt, once its machine waits for its turn."""
    retry = until(lambda: api("GET", f"/runs/{run['id']}").body["retry"])
    awaits_start(retry)
    return api("GET", f"/runs/{retry}").body


def test_a_failing_run_is_tried_again_each_time_twice_as_late(cloud: LocalCloud, somebody: Api) -> None:
    job = failing(somebody, parameters={"days": 7}, retry_delay=10)
    first = start(somebody, job, parameters={"days": 30})
    second = waits(somebody, first)
    assert (second["status"], second["trigger"], second["attempt"], second["attempts"]) == ("QUEUED", "retry", 2, 3)
    assert (second["id"], second["first_run"], second["parameters"]) == (first["id"] + "-2", first["id"], {"days": 30})
    failed = somebody("GET", f"/runs/{first['id']}").body
    assert minutes(failed["finished_at"], second["not_before"]) == 10
    occupied = somebody("GET", f"/jobs/{job['id']}").body
    assert (occupied["active_run"], occupied["last_run"]) == (second["id"], second["id"])
    cloud.clock.advance(minutes=10)
    assert reaches(somebody, f"/runs/{second['id']}", *OVER)["status"] == "FAILED"
    third = waits(somebody, second)
    assert minutes(somebody("GET", f"/runs/{second['id']}").body["finished_at"], third["not_before"]) == 20
    cloud.clock.advance(minutes=20)
    last = reaches(somebody, f"/runs/{third['id']}", *OVER)
    assert (last["status"], last["retry"], last["attempt"]) == ("FAILED", None, 3)
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["active_run"], after["last_run_status"], after["failures_in_a_row"]) == (None, "FAILED", 1)
    made = runs_of(somebody, job)
    assert [run["attempt"] for run in made] == [1, 2, 3]
    assert len({run["jobflow_id"] for run in made}) == 3


def minutes(earlier: str, later: str) -> float:
    return (clock.parse(later) - clock.parse(earlier)).total_seconds() / 60


def test_cancelling_while_an_attempt_waits_ends_the_wait_at_once(cloud: LocalCloud, somebody: Api) -> None:
    job = failing(somebody)
    second = waits(somebody, start(somebody, job))
    assert somebody("POST", f"/runs/{second['id']}/cancel").status == 200
    ended = reaches(somebody, f"/runs/{second['id']}", *OVER)
    assert (ended["status"], ended["jobflow_id"], ended["retry"]) == ("CANCELLED", None, None)
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["active_run"], after["failures_in_a_row"]) == (None, 0)
    assert len(runs_of(somebody, job)) == 2
