"""A run that failed, mended: run again with the newest notebook, also in place of an attempt that waits."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.executions import awaits_start
from tests.support.http import TINY, Answer, Api, reaches, until
from tests.support.settings import site_settings

FAILS = TINY | {"cells": [TINY["cells"][0] | {"source": "raise ValueError('not mended')"}]}
MENDED = {"name": "mended.ipynb", "content": TINY}
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED")


def failing(api: Api, **changes: Any) -> Any:
    notebook = {"name": "fails.ipynb", "content": FAILS}
    return api.schedule(f"repair-{uuid4().hex[:8]}", notebook=notebook, parameters={"days": 7}, **changes)


def failed(api: Api, job: Any) -> Any:
    run = api("POST", f"/jobs/{job['id']}/run", {"parameters": {"days": 3}}).body
    return reaches(api, f"/runs/{run['id']}", *OVER, seconds=120)


def waiting_attempt(api: Api, job: Any) -> tuple[Any, Any]:
    """A failed run, and its second attempt, which waits for hours."""
    run = failed(api, job)
    awaits_start(run["retry"])
    return run, api("GET", f"/runs/{run['retry']}").body


def test_the_mended_notebook_runs_in_place_of_the_attempt_that_waits(somebody: Api) -> None:
    job = failing(somebody, retries=1, retry_delay=240)
    run, attempt = waiting_attempt(somebody, job)
    edited = somebody("PATCH", f"/jobs/{job['id']}", {"notebook": MENDED}).body
    assert edited["unaffected_runs"] == [attempt["id"]]
    refused = somebody("POST", f"/jobs/{job['id']}/run", {})
    assert refused.status == 409
    assert f"“repair” run {attempt['id']}" in refused.body["detail"]
    mended = somebody("POST", f"/runs/{run['id']}/repair")
    assert mended.status == 202
    assert mended.body["notebook"] == {"name": "mended.ipynb", "number": 2}
    names = ("trigger", "repair_of", "parameters", "attempt", "waits_for")
    assert [mended.body[name] for name in names] == ["repair", run["id"], {"days": 3}, 1, None]
    assert reaches(somebody, f"/runs/{mended.body['id']}", *OVER, seconds=120)["status"] == "SUCCEEDED"
    replaced = somebody("GET", f"/runs/{attempt['id']}").body
    assert (replaced["status"], replaced["jobflow_id"]) == ("CANCELLED", None)
    assert f"Run {mended.body['id']} took its place" in replaced["status_reason"]
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["active_run"], after["last_run"], after["failures_in_a_row"]) == (None, mended.body["id"], 0)


def test_the_attempt_itself_may_be_named_and_a_repeated_request_runs_once(cloud: LocalCloud, somebody: Api) -> None:
    job = failing(somebody, retries=1, retry_delay=240)
    _, attempt = waiting_attempt(somebody, job)
    answers: list[Answer] = []

    def ask() -> None:
        answers.append(somebody("POST", f"/runs/{attempt['id']}/repair", idempotency_key="once"))

    threads = [Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status for answer in answers} == {202}
    assert len({answer.body["id"] for answer in answers}) == 1
    runs = somebody("GET", f"/jobs/{job['id']}/runs").body["items"]
    assert [run["trigger"] for run in runs].count("repair") == 1
    until(lambda: f"{attempt['id']}" in _closed(cloud))


def _closed(cloud: LocalCloud) -> set[str]:
    states = cloud.client("stepfunctions")
    (arn,) = [
        each["stateMachineArn"] for each in states.list_state_machines()["stateMachines"] if "job-run" in each["name"]
    ]
    return {
        each["name"] for each in states.list_executions(stateMachineArn=arn, statusFilter="SUCCEEDED")["executions"]
    }


def test_what_has_not_failed_is_not_mended(somebody: Api) -> None:
    job = somebody.schedule(f"repair-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    assert somebody("POST", f"/runs/{run['id']}/repair").status == 409
    done = reaches(somebody, f"/runs/{run['id']}", *OVER, seconds=120)
    refused = somebody("POST", f"/runs/{done['id']}/repair")
    assert (refused.status, refused.body["detail"].startswith("Only a run that failed, timed out")) == (409, True)
    somebody("DELETE", f"/jobs/{job['id']}")
    assert somebody("POST", f"/runs/{done['id']}/repair").status == 404


def test_a_freeze_holds_back_the_attempt_that_waits_and_refuses_to_replace_it(cloud: LocalCloud, somebody: Api) -> None:
    job = failing(somebody, retries=1, retry_delay=10)
    run, attempt = waiting_attempt(somebody, job)
    waits = awaits_start(attempt["id"])
    with site_settings(frozen=True, freeze_reason="We move house."):
        assert somebody("POST", f"/runs/{run['id']}/repair").status == 409
        cloud.clock.advance(minutes=12)
        held = until(lambda: _held(somebody, attempt))
        assert (held["status"], held["jobflow_id"]) == ("QUEUED", None)
        assert clock.parse(held["not_before"]) > clock.now()
        awaits_start(attempt["id"], other_than=waits)
    cloud.clock.advance(minutes=6)
    assert reaches(somebody, f"/runs/{attempt['id']}", *OVER, seconds=120)["jobflow_id"]


def _held(api: Api, attempt: Any) -> Any:
    run = api("GET", f"/runs/{attempt['id']}").body
    return run if run["status_reason"] == "atmo is frozen: We move house." else None


@pytest.mark.parametrize("days", [2])
def test_an_attempt_that_was_held_for_days_does_not_time_out(cloud: LocalCloud, somebody: Api, days: int) -> None:
    job = failing(somebody, retries=1, retry_delay=10, job_timeout=1)
    _, attempt = waiting_attempt(somebody, job)
    waits = awaits_start(attempt["id"])
    with site_settings(frozen=True):
        for _ in range(days):
            cloud.clock.advance(minutes=30)
            waits = awaits_start(attempt["id"], other_than=waits)
        assert somebody("GET", f"/runs/{attempt['id']}").body["status_reason"].startswith("atmo is frozen")
        assert clock.now() > clock.parse(attempt["not_before"]) + timedelta(minutes=30)
    cloud.clock.advance(minutes=6)
    assert reaches(somebody, f"/runs/{attempt['id']}", *OVER, seconds=120)["status"] == "FAILED"
