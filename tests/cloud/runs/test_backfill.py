"""Past slots run through the front door: a range, one of them again, stopped half-way; each slot once at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.cloud.runs.test_repair import FAILS
from tests.support.executions import awaits_start
from tests.support.faults import emr_answers, launch_fails
from tests.support.http import Answer, Api, reaches, until
from tests.support.settings import site_settings

OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED", "SKIPPED")


def job_of(api: Api, **changes: Any) -> tuple[Any, datetime]:
    """A daily job that begins in years, and its slot of today or before, by its rule."""
    job = api.schedule(f"backfill-{uuid4().hex[:8]}", **changes)
    return job, clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)


def backfill(api: Api, job: Any, begin: datetime, end: datetime, **more: Any) -> Answer:
    body = {"from": clock.text(begin), "to": clock.text(end)} | more
    return api("POST", f"/jobs/{job['id']}/backfill", body)


def runs_of(api: Api, job: Any) -> list[Any]:
    items: list[Any] = api("GET", f"/jobs/{job['id']}/runs?limit=100").body["items"]
    return sorted(items, key=lambda run: run["created_at"])


def latest_of(api: Api, job: Any, count: int) -> str:
    """The id of the job's latest run, once there are so many."""
    runs = until(lambda: many if len(many := runs_of(api, job)) == count else None, 120)
    return str(runs[-1]["id"])


def all_over(api: Api, job: Any, count: int) -> list[Any]:
    def over() -> list[Any] | None:
        runs = runs_of(api, job)
        return runs if len(runs) == count and all(run["status"] in OVER for run in runs) else None

    return until(over, 240)


def test_a_range_of_days_is_run_one_after_the_other(somebody: Api) -> None:
    job, last = job_of(somebody)
    begun = backfill(somebody, job, last - timedelta(days=2), last + timedelta(seconds=1))
    assert (begun.status, begun.body["runs"]) == (202, 3)
    assert begun.body["times"] == {"run_seconds": None, "seconds": None, "at_most_seconds": 3 * 3600}
    assert (begun.body["estimate"]["runs"], begun.body["estimate"]["currency"]) == (3, "USD")
    runs = all_over(somebody, job, 3)
    assert [run["slot"] for run in runs] == [clock.text(last - timedelta(days=ago)) for ago in (2, 1, 0)]
    assert {(run["status"], run["trigger"]) for run in runs} == {("SUCCEEDED", "backfill")}
    assert [run["id"][-16:] for run in runs] == [f"{clock.parse(run['slot']):%Y%m%dT%H%M%SZ}" for run in runs]
    for earlier, later in pairwise(runs):
        assert earlier["finished_at"] <= later["created_at"], "one at a time"
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["active_run"], after["last_run"], after["next_run_at"]) == (None, None, job["next_run_at"])
    refused = backfill(somebody, job, last - timedelta(days=2), last + timedelta(seconds=1))
    assert refused.status == 422
    assert "has succeeded" in refused.body["errors"][0]["message"]
    again = backfill(somebody, job, last, last + timedelta(seconds=1), which="all")
    assert again.body["runs"] == 1
    assert 0 < again.body["times"]["seconds"] <= again.body["times"]["at_most_seconds"]
    *_, second = all_over(somebody, job, 4)
    assert second["id"] == f"{runs[-1]['id']}-again2"
    (slot,) = [each for each in slots(somebody, job) if each["slot"] == second["slot"]]
    assert (slot["run"], slot["runs"]) == (second["id"], [runs[-1]["id"], second["id"]])


def slots(api: Api, job: Any) -> list[Any]:
    items: list[Any] = api("GET", f"/jobs/{job['id']}/slots").body["items"]
    return items


def test_the_newest_first_and_several_at_once_stopped_half_way(cloud: LocalCloud, somebody: Api) -> None:
    job, last = job_of(somebody)
    with site_settings(frozen=True):
        assert backfill(somebody, job, last - timedelta(days=9), last).status == 409
    begun = backfill(somebody, job, last - timedelta(days=9), last + timedelta(days=9), order="newest", at_once=2)
    assert begun.body["runs"] in (10, 11)
    newest = runs_of(somebody, job)
    assert len(newest) >= 2
    assert newest[0]["slot"] > newest[1]["slot"]
    assert backfill(somebody, job, last - timedelta(days=9), last).status == 409
    stopped = somebody("DELETE", f"/jobs/{job['id']}/backfill").body["stopped"]
    assert stopped >= begun.body["runs"] - 6
    assert somebody("DELETE", f"/jobs/{job['id']}/backfill").body == {"stopped": 0}
    for run in runs_of(somebody, job):
        reaches(somebody, f"/runs/{run['id']}", *OVER, seconds=120)
    assert len(runs_of(somebody, job)) <= begun.body["runs"] - stopped + 2


def test_many_requests_at_once_begin_one_backfill(somebody: Api) -> None:
    job, last = job_of(somebody)
    answers: list[Answer] = []
    threads = [
        Thread(target=lambda: answers.append(backfill(somebody, job, last, last + timedelta(seconds=1))))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status for answer in answers)[0] == 202
    assert all(answer.status in (202, 409, 422) for answer in answers)
    assert [answer.status for answer in answers].count(202) == 1
    assert len(all_over(somebody, job, 1)) == 1


def test_a_failed_slot_is_retried_and_the_next_begins_afterwards(cloud: LocalCloud, somebody: Api) -> None:
    notebook = {"name": "fails.ipynb", "content": FAILS}
    job, last = job_of(somebody, notebook=notebook, retries=1, retry_delay=1, pause_after=1)
    assert backfill(somebody, job, last - timedelta(days=1), last + timedelta(seconds=1)).body["runs"] == 2
    for count in (2, 4):
        awaits_start(latest_of(somebody, job, count))
        cloud.clock.advance(minutes=2)
    runs = all_over(somebody, job, 4)
    assert [(run["trigger"], run["attempt"]) for run in runs] == [("backfill", 1), ("retry", 2)] * 2
    assert [run["slot"] for run in runs] == [clock.text(last - timedelta(days=1))] * 2 + [clock.text(last)] * 2
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["is_enabled"], after["failures_in_a_row"]) == (True, 0)
    assert [slot["status"] for slot in slots(somebody, job)] == ["FAILED", "FAILED"]


def test_one_slot_is_run_and_run_again(somebody: Api) -> None:
    job, last = job_of(somebody)
    first = somebody("POST", f"/jobs/{job['id']}/run", {"slot": clock.text(last)})
    assert (first.status, first.body["slot"], first.body["trigger"]) == (202, clock.text(last), "manual")
    refused = somebody("POST", f"/jobs/{job['id']}/run", {"slot": clock.text(last)})
    assert (refused.status, refused.body["detail"][:31]) == (409, "A run of this slot is in progress"[:31])
    reaches(somebody, f"/runs/{first.body['id']}", *OVER, seconds=120)
    again = somebody("POST", f"/jobs/{job['id']}/run", {"slot": clock.text(last)}).body
    assert again["id"] == f"{first.body['id']}-again2"
    somebody("POST", f"/runs/{again['id']}/cancel")
    reaches(somebody, f"/runs/{again['id']}", *OVER, seconds=120)
    (slot,) = slots(somebody, job)
    assert (slot["run"], slot["status"]) == (first.body["id"], "SUCCEEDED"), "the latest that succeeded counts"


@pytest.mark.parametrize("moment", ["2040-01-02T06:00:00Z", "2026-01-01T06:01:00Z", "nonsense"])
def test_what_is_no_past_slot_is_refused(somebody: Api, moment: str) -> None:
    job, _ = job_of(somebody)
    refused = somebody("POST", f"/jobs/{job['id']}/run", {"slot": moment})
    assert (refused.status, [error["field"] for error in refused.body["errors"]]) == (422, ["slot"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"from": "2026-01-02T00:00:00Z"}, "to"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"from": "2040-01-02T00:00:00Z", "to": "2040-01-05T00:00:00Z"}, "from"),
        ({"from": "2026-01-02T07:00:00Z", "to": "2026-01-03T05:00:00Z"}, "from"),
        ({"from": "2020-01-02T07:00:00Z", "to": "2026-01-03T05:00:00Z"}, "to"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-05T00:00:00Z", "at_once": 11}, "at_once"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-05T00:00:00Z", "order": "random"}, "order"),
    ],
)
def test_a_range_that_cannot_be_run_is_refused(somebody: Api, body: dict[str, Any], field: str) -> None:
    job, _ = job_of(somebody)
    refused = somebody("POST", f"/jobs/{job['id']}/backfill", body)
    assert (refused.status, [error["field"] for error in refused.body["errors"]]) == (422, [field])


def test_a_deleted_job_takes_its_backfill_with_it(cloud: LocalCloud, somebody: Api) -> None:
    job, last = job_of(somebody)
    backfill(somebody, job, last - timedelta(days=5), last, at_once=2)
    made = runs_of(somebody, job)
    assert somebody("DELETE", f"/jobs/{job['id']}").status == 204
    for run in made:
        assert reaches(somebody, f"/runs/{run['id']}", *OVER, seconds=120)["status"] in ("CANCELLED", "SUCCEEDED")


def test_after_a_launch_that_fails_the_next_slot_begins(cloud: LocalCloud, somebody: Api) -> None:
    job, last = job_of(somebody)
    with emr_answers(cloud, launch_fails(1, lambda: EmrError("ValidationException", "no"))):
        backfill(somebody, job, last - timedelta(days=1), last + timedelta(seconds=1))
        runs = all_over(somebody, job, 2)
    assert [run["status"] for run in runs] == ["FAILED", "SUCCEEDED"]
