"""A run knows its slot, through the front door: dispatch, retries, catching up, and the real runner."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import urllib3

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from localaws.cloud import LocalCloud
from tests.support.executions import awaits_start
from tests.support.http import TINY, Api, until

PARAMETERS = "atmo_slot = None\natmo_previous_slot = None\natmo_last_success = None\natmo_attempt = 0"
WRITES = """
import json, os
names = ("ATMO_JOB", "ATMO_RUN", "ATMO_SLOT", "ATMO_SLOT_LOCAL", "ATMO_TRIGGER", "ATMO_LAST_SUCCESS")
seen = {name: os.environ[name] for name in names} | {"parameters": [atmo_slot, atmo_previous_slot, atmo_attempt]}
open("seen.json", "w").write(json.dumps(seen))
"""
FAILS_FIRST = "assert atmo_attempt == 2"
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "SKIPPED")


def declaring(*more: str) -> dict[str, Any]:
    (cell,) = TINY["cells"]
    cells = [cell | {"id": f"c{number}", "source": source} for number, source in enumerate([PARAMETERS, WRITES, *more])]
    cells[0] = cells[0] | {"metadata": {"tags": ["parameters"]}}
    return {"name": "declares.ipynb", "content": TINY | {"cells": cells}}


def ended(api: Api, job: Any, count: int) -> list[Any]:
    """The job's runs, the first one first, once there are so many and all are over."""

    def over() -> list[Any] | None:
        runs = api("GET", f"/jobs/{job['id']}/runs").body["items"]
        return runs if len(runs) == count and all(run["status"] in ENDED for run in runs) else None

    return list(reversed(until(over, 120)))


def seen_by(api: Api, run: Any) -> dict[str, Any]:
    files = {file["name"]: file["url"] for file in api("GET", f"/runs/{run['id']}/results").body["items"]}
    seen: dict[str, Any] = json.loads(urllib3.request("GET", files["files/seen.json"]).data)
    return seen


def due(api: Api, **changes: Any) -> tuple[Any, datetime]:
    start = (clock.now() + timedelta(minutes=5)).replace(second=0, microsecond=0)
    job = api.schedule(f"slot-{uuid4().hex[:8]}", start_date=clock.text(start), timezone="Asia/Kolkata", **changes)
    return job, start


def short(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def test_missed_days_each_compute_their_own(cloud: LocalCloud, somebody: Api) -> None:
    job, start = due(somebody, notebook=declaring(), misfire="all", lateness_limit=168)
    cloud.clock.advance(seconds=(start + timedelta(days=2, minutes=20) - clock.now()).total_seconds())
    for count in (1, 2, 3):
        dispatch.dispatch(clock.now())
        runs = ended(somebody, job, count)
    seen = [seen_by(somebody, run) for run in runs]
    days = [start + timedelta(days=number) for number in range(3)]
    assert [each["ATMO_SLOT"] for each in seen] == [short(day) for day in days]
    assert [each["parameters"] for each in seen] == [[short(day), short(day - timedelta(days=1)), 1] for day in days]
    assert [each["ATMO_LAST_SUCCESS"] for each in seen] == ["", short(days[0]), short(days[1])]
    assert {each["ATMO_TRIGGER"] for each in seen} == {"schedule"}
    assert seen[0]["ATMO_SLOT_LOCAL"].endswith("+05:30")
    assert [(each["ATMO_JOB"], each["ATMO_RUN"]) for each in seen] == [(job["id"], run["id"]) for run in runs]
    assert [(run["slot"], run["previous_slot"]) for run in runs] == [
        (clock.text(day), clock.text(day - timedelta(days=1))) for day in days
    ]


def test_a_retry_keeps_its_slot(cloud: LocalCloud, somebody: Api) -> None:
    job, start = due(somebody, notebook=declaring(FAILS_FIRST), retries=1, retry_delay=1)
    cloud.clock.advance(seconds=(start - clock.now()).total_seconds())
    dispatch.dispatch(clock.now())
    until(lambda: len(somebody("GET", f"/jobs/{job['id']}/runs").body["items"]) == 2, 120)
    awaits_start(somebody("GET", f"/jobs/{job['id']}").body["active_run"])
    cloud.clock.advance(minutes=2)
    first, second = ended(somebody, job, 2)
    assert [first["status"], second["status"]] == ["FAILED", "SUCCEEDED"]
    seen = seen_by(somebody, second)
    assert (seen["ATMO_SLOT"], seen["ATMO_TRIGGER"]) == (short(start), "retry")
    assert seen["parameters"] == [short(start), short(start - timedelta(days=1)), 2]


def test_parameters_of_run_now_take_the_place_of_the_jobs_own(somebody: Api) -> None:
    job = somebody.schedule(f"slot-{uuid4().hex[:8]}", parameters={"days": 7, "top": 3})
    run = somebody("POST", f"/jobs/{job['id']}/run", {"parameters": {"days": 30, "more": True}}).body
    assert (run["parameters"], run["slot"]) == ({"days": 30, "top": 3, "more": True}, None)
    somebody("POST", f"/runs/{run['id']}/cancel")
    assert somebody("GET", f"/jobs/{job['id']}").body["parameters"] == {"days": 7, "top": 3}


def test_parameters_that_are_too_long_together_are_refused(somebody: Api) -> None:
    job = somebody.schedule(f"slot-{uuid4().hex[:8]}", parameters={"long": "x" * 5000})
    refused = somebody("POST", f"/jobs/{job['id']}/run", {"parameters": {"longer": "x" * 5000}})
    assert refused.status == 422
    assert [error["field"] for error in refused.body["errors"]] == ["parameters"]
    assert "Together with those that stay" in refused.body["errors"][0]["message"]
