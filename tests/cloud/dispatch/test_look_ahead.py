"""Slots are served at their time by executions that dispatch starts ahead, by the job as it is then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from localaws.cloud import LocalCloud
from tests.cloud.dispatch.test_dispatch import due_job, runs_of, settle
from tests.support.http import Api, until
from tests.support.settings import site_settings


def execution_of(cloud: LocalCloud, job: Any) -> str:
    """The status of the execution that waits for the job's slot, or ""."""
    states = cloud.client("stepfunctions")
    (arn,) = [
        one["stateMachineArn"] for one in states.list_state_machines()["stateMachines"] if "job-run" in one["name"]
    ]
    name = f"r-{job['id'].removeprefix('j-')}-{clock.parse(job['next_run_at']):%Y%m%dT%H%M%SZ}.slot"
    pages = states.get_paginator("list_executions").paginate(stateMachineArn=arn)
    return next((one["status"] for page in pages for one in page["executions"] if one["name"] == name), "")


def awaited_job(cloud: LocalCloud, api: Api, **changes: Any) -> Any:
    """A job whose slot is a minute away, and awaited."""
    job = due_job(api, **changes)
    assert dispatch.dispatch(clock.now()) == 0
    assert execution_of(cloud, job) == "RUNNING"
    assert runs_of(api, job) == []
    return job


def test_a_slot_is_served_at_its_time_without_another_dispatch(cloud: LocalCloud, somebody: Api) -> None:
    job = awaited_job(cloud, somebody)
    cloud.clock.advance(seconds=61)
    (run,) = settle(cloud, somebody, job)
    assert (run["trigger"], run["slot"]) == ("schedule", job["next_run_at"])
    until(lambda: execution_of(cloud, job) == "SUCCEEDED")
    assert dispatch.dispatch(clock.now()) == 0
    assert len(runs_of(somebody, job)) == 1


def paused(api: Api, job: Any) -> None:
    assert api("POST", f"/jobs/{job['id']}/pause").status == 200


def rescheduled(api: Api, job: Any) -> None:
    later = clock.text(clock.now() + timedelta(hours=3))
    assert api("PATCH", f"/jobs/{job['id']}", {"start_date": later}).status == 200


def deleted(api: Api, job: Any) -> None:
    assert api("DELETE", f"/jobs/{job['id']}").status == 204


@pytest.mark.parametrize("change", [paused, rescheduled, deleted], ids=lambda change: change.__name__)
def test_what_is_changed_before_the_slot_holds(
    cloud: LocalCloud, somebody: Api, change: Callable[[Api, Any], None]
) -> None:
    job = awaited_job(cloud, somebody)
    change(somebody, job)
    cloud.clock.advance(seconds=61)
    until(lambda: execution_of(cloud, job) == "SUCCEEDED")
    dispatch.dispatch(clock.now())
    if change is not deleted:
        assert runs_of(somebody, job) == []


def test_a_notebook_that_is_replaced_before_the_slot_is_the_one_that_runs(cloud: LocalCloud, somebody: Api) -> None:
    job = awaited_job(cloud, somebody)
    somebody("PATCH", f"/jobs/{job['id']}", {"parameters": {"days": 3}})
    cloud.clock.advance(seconds=61)
    (run,) = settle(cloud, somebody, job)
    assert run["parameters"] == {"days": 3}


def test_a_freeze_before_the_slot_skips_it(cloud: LocalCloud, somebody: Api) -> None:
    job = awaited_job(cloud, somebody)
    with site_settings(frozen=True, freeze_reason="We move house."):
        cloud.clock.advance(seconds=61)
        (run,) = until(lambda: runs_of(somebody, job))
    assert (run["status"], run["status_reason"]) == ("SKIPPED", "atmo is frozen: We move house.")


def test_paused_and_snoozed_jobs_and_end_dates_are_not_awaited(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    somebody("POST", f"/jobs/{job['id']}/snooze", {"until": clock.text(clock.now() + timedelta(days=1))})
    dispatch.dispatch(clock.now())
    assert execution_of(cloud, job) == ""
