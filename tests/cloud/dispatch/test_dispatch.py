"""Each slot has exactly one run: through two dispatchers at once, repeated events, and deaths between any two writes."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from chalicelib.schedules import slots
from localaws.cloud import LocalCloud
from tests.support.faults import Death, death
from tests.support.http import Api, until
from tests.support.mailbox import mails_about

_numbers = count(1)


def due_job(api: Api, **changes: Any) -> Any:
    """A daily job whose first slot is a minute away."""
    start = clock.text(clock.now() + timedelta(minutes=1))
    return api.schedule(f"due-{next(_numbers)}-{uuid4().hex[:6]}", start_date=start, **changes)


def runs_of(api: Api, job: Any) -> list[Any]:
    items: list[Any] = api("GET", f"/jobs/{job['id']}/runs").body["items"]
    return items


def jobflows(cloud: LocalCloud, job: Any) -> list[Any]:
    prefix = f"atmo-local-job-{job['owner']}-{job['identifier']}-"
    return [jobflow for jobflow in cloud.emr.clusters.values() if jobflow.request["Name"].startswith(prefix)]


def settle(cloud: LocalCloud, api: Api, job: Any) -> list[Any]:
    """The job's runs once each of them has been given its cluster or was skipped; they are cancelled then."""
    runs = until(
        lambda: [run for run in [runs_of(api, job)] if all(r["jobflow_id"] or r["finished_at"] for r in run) and run]
    )
    for run in runs[0]:
        if not run["finished_at"]:
            api("POST", f"/runs/{run['id']}/cancel")
    until(lambda: all(run["finished_at"] for run in runs_of(api, job)))
    return runs_of(api, job)


def test_a_due_slot_runs_and_the_job_moves_to_the_next(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    assert dispatch.dispatch(clock.now()) == 0
    cloud.clock.advance(minutes=1)
    cloud.events.tick("dispatch")
    (run,) = until(lambda: runs_of(somebody, job))
    assert run["trigger"] == "schedule"
    assert run["scheduled_at"] == job["next_run_at"]
    moved = somebody("GET", f"/jobs/{job['id']}").body
    assert clock.parse(moved["next_run_at"]) == clock.parse(job["next_run_at"]) + timedelta(days=1)
    assert moved["last_run"] == run["id"]
    settle(cloud, somebody, job)


def test_two_dispatchers_at_the_same_instant(cloud: LocalCloud, somebody: Api) -> None:
    jobs = [due_job(somebody) for _ in range(3)]
    cloud.clock.advance(minutes=1)
    together, now = threading.Barrier(2), clock.now()

    def dispatcher() -> None:
        together.wait()
        dispatch.dispatch(now)

    threads = [threading.Thread(target=dispatcher) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for job in jobs:
        assert len(settle(cloud, somebody, job)) == 1
        assert len(jobflows(cloud, job)) == 1


CALLS = ["Query", "Query", "Query", "Query", "GetItem", "TransactWriteItems", "StartExecution"]
"""What dispatch asks of AWS when one job is due."""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("at_call", range(len(CALLS)), ids=[f"{n}-{name}" for n, name in enumerate(CALLS)])
def test_a_death_between_any_two_calls(cloud: LocalCloud, somebody: Api, at_call: int, when: str) -> None:
    job = due_job(somebody)
    cloud.clock.advance(minutes=1)
    with death(at_call, when) as calls, pytest.raises(Death):
        dispatch.dispatch(clock.now())
    assert calls == CALLS[: at_call + 1]
    dispatch.dispatch(clock.now())
    cloud.clock.advance(minutes=3)
    cloud.events.tick("sweep")
    (run,) = settle(cloud, somebody, job)
    assert run["jobflow_id"]
    assert len(jobflows(cloud, job)) == 1


def test_a_job_that_cannot_be_served_does_not_keep_the_others_waiting(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken_job, good_job = due_job(somebody), due_job(somebody)
    cloud.clock.advance(minutes=1)
    decide = slots.plan

    def failing(job: Any, now: Any, frozen: str) -> Any:
        if job.id == broken_job["id"]:
            raise RuntimeError("a job that breaks us")
        return decide(job, now, frozen)

    with monkeypatch.context() as patch:
        patch.setattr(slots, "plan", failing)
        dispatch.dispatch(clock.now())
    assert len(settle(cloud, somebody, good_job)) == 1
    assert runs_of(somebody, broken_job) == []
    dispatch.dispatch(clock.now())
    assert len(settle(cloud, somebody, broken_job)) == 1


def test_the_cost_is_that_of_what_is_due(cloud: LocalCloud, somebody: Api) -> None:
    for _ in range(5):
        somebody.schedule(f"later-{uuid4().hex[:8]}")
    with death(99, "never") as calls:
        assert dispatch.dispatch(clock.now()) == 0
    assert calls == ["Query"] * 4


def test_a_slot_during_a_run_is_skipped_with_the_reason(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    cloud.clock.advance(minutes=1)
    dispatch.dispatch(clock.now())
    by_status = {run["status"]: run for run in runs_of(somebody, job)}
    assert by_status["SKIPPED"]["status_reason"] == "The previous run was still running."
    assert by_status["SKIPPED"]["finished_at"]
    somebody("POST", f"/runs/{run['id']}/cancel")
    settle(cloud, somebody, job)


def test_of_several_missed_slots_the_latest_runs_and_the_others_are_recorded(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody, schedule="*/10 * * * *")
    first = clock.parse(job["next_run_at"])
    now = first + timedelta(minutes=25)
    cloud.clock.advance(seconds=(now - clock.now()).total_seconds())
    for _ in range(3):
        dispatch.dispatch(now)
    settle(cloud, somebody, job)
    runs = {clock.parse(run["scheduled_at"]) - first: run for run in runs_of(somebody, job)}
    assert sorted(runs) == [timedelta(0), timedelta(minutes=10), timedelta(minutes=20)]
    assert [runs[after]["status"] == "SKIPPED" for after in sorted(runs)] == [True, True, False]
    assert "It was missed" in runs[timedelta(0)]["status_reason"]
    assert len(jobflows(cloud, job)) == 1


def test_a_job_past_its_end_date_expires_and_its_owner_is_told_once(cloud: LocalCloud, somebody: Api) -> None:
    end = clock.text(clock.now() + timedelta(minutes=30))
    job = due_job(somebody, end_date=end)
    cloud.clock.advance(minutes=1)
    dispatch.dispatch(clock.now())
    settle(cloud, somebody, job)
    waiting = somebody("GET", f"/jobs/{job['id']}").body
    assert (waiting["next_run_at"], waiting["expired_at"]) == (None, None), "an end date is not a run"
    cloud.clock.advance(minutes=30)
    for _ in range(2):
        dispatch.dispatch(clock.now())
    expired = somebody("GET", f"/jobs/{job['id']}").body
    assert expired["expired_at"]
    assert expired["next_run_at"] is None
    assert len(mails_about(cloud, job["identifier"])) == 1
    resumed = somebody("PATCH", f"/jobs/{job['id']}", {"end_date": "2041-01-01T00:00:00Z"}).body
    assert resumed["expired_at"] is None
    assert resumed["next_run_at"]
    somebody("DELETE", f"/jobs/{job['id']}")


def test_a_paused_job_does_not_run_and_a_resumed_one_does(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    assert somebody("POST", f"/jobs/{job['id']}/pause").body["is_enabled"] is False
    cloud.clock.advance(minutes=2)
    dispatch.dispatch(clock.now())
    assert runs_of(somebody, job) == []
    resumed = somebody("POST", f"/jobs/{job['id']}/resume").body
    assert clock.parse(resumed["next_run_at"]) == clock.parse(job["next_run_at"]) + timedelta(days=1)
    cloud.clock.advance(days=1)
    dispatch.dispatch(clock.now())
    assert len(settle(cloud, somebody, job)) == 1


def test_editing_the_schedule_does_not_run_a_slot_twice(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    cloud.clock.advance(minutes=1)
    dispatch.dispatch(clock.now())
    for rule in ("weekly", "daily"):
        somebody("PATCH", f"/jobs/{job['id']}", {"schedule": rule})
        dispatch.dispatch(clock.now())
    assert len(settle(cloud, somebody, job)) == 1
