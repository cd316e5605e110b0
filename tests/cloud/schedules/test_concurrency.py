"""Runs of one job beside each other and one after the other; what is asked for while the site is frozen or a job snoozed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.dispatch import service as dispatch
from localaws.cloud import LocalCloud
from tests.cloud.dispatch.test_dispatch import due_job, jobflows, runs_of
from tests.support.http import Api, until
from tests.support.mailbox import mails_about
from tests.support.settings import site_settings
from tests.support.sweeps import sweep


def job_of(api: Api, job: Any) -> Any:
    return api("GET", f"/jobs/{job['id']}").body


def run_now(api: Api, job: Any) -> Any:
    answer = api("POST", f"/jobs/{job['id']}/run", {})
    assert answer.status == 202, answer.body
    return answer.body


def over(api: Api, run: Any) -> Any:
    return until(lambda: [run_now for run_now in [api("GET", f"/runs/{run['id']}").body] if run_now["finished_at"]])[0]


def cancelled(api: Api, run: Any) -> Any:
    assert api("POST", f"/runs/{run['id']}/cancel").status == 200
    return over(api, run)


def test_queued_runs_start_one_after_the_other(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody, overlap="queue")
    first = run_now(somebody, job)
    cloud.clock.advance(minutes=1)
    dispatch.dispatch(clock.now())
    (second,) = [run for run in runs_of(somebody, job) if run["trigger"] == "schedule"]
    third = run_now(somebody, job)
    assert (second["status"], second["waits_for"]) == ("QUEUED", first["id"])
    assert second["status_reason"].startswith("Waiting for the run of ")
    assert third["status_reason"].endswith("and 1 more to end.")
    assert job_of(somebody, job)["further_runs"] == [second["id"], third["id"]]

    assert cancelled(somebody, third)["status"] == "CANCELLED"
    until(lambda: job_of(somebody, job)["further_runs"] == [second["id"]])
    cancelled(somebody, first)
    started = until(lambda: [run for run in [somebody("GET", f"/runs/{second['id']}").body] if run["jobflow_id"]])[0]
    assert (started["waits_for"], started["status_reason"]) == (None, "")
    assert started["not_before"]
    now = job_of(somebody, job)
    assert (now["active_run"], now["last_run"], now["further_runs"]) == (second["id"], second["id"], [])
    cancelled(somebody, second)
    until(lambda: job_of(somebody, job)["active_run"] is None)
    assert len(jobflows(cloud, job)) == 2


def test_a_queued_run_whose_start_was_lost_is_started_by_the_sweep(
    cloud: LocalCloud, somebody: Api, monkeypatch: Any
) -> None:
    from chalicelib.jobflows.machine import Machine

    job = due_job(somebody, overlap="queue")
    first, second = run_now(somebody, job), run_now(somebody, job)
    with monkeypatch.context() as patch:
        patch.setattr(Machine, "start", lambda machine, run: None)
        cancelled(somebody, first)
        until(lambda: job_of(somebody, job)["active_run"] == second["id"])
    cloud.clock.advance(minutes=5)
    sweep(cloud)
    until(lambda: somebody("GET", f"/runs/{second['id']}").body["jobflow_id"])
    cancelled(somebody, second)


def test_runs_that_may_overlap_go_on_at_once(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody, overlap="allow")
    both = [run_now(somebody, job), run_now(somebody, job)]
    until(lambda: all(run["jobflow_id"] for run in runs_of(somebody, job)))
    cancelled(somebody, both[0])
    until(lambda: job_of(somebody, job)["active_run"] == both[1]["id"])
    cancelled(somebody, both[1])
    until(lambda: job_of(somebody, job)["active_run"] is None)


def test_a_deleted_job_takes_its_queued_runs_along_and_keeps_their_records(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cloud.emr.runtime, "phase_seconds", 8)  # so that the first one is not over by then
    job = due_job(somebody, overlap="queue")
    made = [run_now(somebody, job), run_now(somebody, job)]
    assert somebody("DELETE", f"/jobs/{job['id']}").status == 204
    assert [over(somebody, run)["status"] for run in made] == ["CANCELLED", "CANCELLED"]


def test_a_frozen_site_skips_slots_and_refuses_launches(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    cloud.clock.advance(minutes=1)
    with site_settings(frozen=True, freeze_reason="We move house."):
        dispatch.dispatch(clock.now())
        refused = somebody("POST", f"/jobs/{job['id']}/run", {})
        body = {"size": 1, "lifetime": 2, "ssh_key": somebody.add_key(), "emr_release": "7.10.0"}
        launch = somebody("POST", "/clusters", body)
    assert [(answer.status, answer.body["detail"]) for answer in (refused, launch)] == [
        (409, "atmo is frozen: We move house.")
    ] * 2
    (run,) = runs_of(somebody, job)
    assert (run["status"], run["status_reason"]) == ("SKIPPED", "atmo is frozen: We move house.")
    assert mails_about(cloud, job["identifier"]) == []


def test_a_snoozed_job_skips_its_slots_until_then_or_until_it_is_resumed(cloud: LocalCloud, somebody: Api) -> None:
    job = due_job(somebody)
    later = clock.text(clock.now() + timedelta(days=2))
    assert somebody("POST", f"/jobs/{job['id']}/snooze", {"until": later}).body["snoozed_until"] == later
    past = somebody("POST", f"/jobs/{job['id']}/snooze", {"until": clock.text(clock.now())})
    assert (past.status, past.body["errors"][0]["field"]) == (422, "until")
    cloud.clock.advance(minutes=1)
    dispatch.dispatch(clock.now())
    (run,) = runs_of(somebody, job)
    assert run["status"] == "SKIPPED"
    assert "snoozed until" in run["status_reason"]
    resumed = somebody("POST", f"/jobs/{job['id']}/resume").body
    assert (resumed["snoozed_until"], resumed["is_enabled"]) == (None, True)
    assert clock.parse(resumed["next_run_at"]) == clock.parse(job["next_run_at"]) + timedelta(days=1)
    somebody("POST", f"/jobs/{job['id']}/pause")
    assert somebody("POST", f"/jobs/{job['id']}/snooze", {"until": later}).status == 409


def test_a_slot_that_dispatch_did_not_serve_is_served_by_the_sweep_and_its_owner_is_told_once(
    cloud: LocalCloud, somebody: Api
) -> None:
    job = due_job(somebody, schedule="0 * * * *", misfire="skip")
    cloud.clock.advance(hours=3)
    sweep(cloud)
    sweep(cloud)
    runs = runs_of(somebody, job)
    assert len(runs) >= 2
    assert {run["status"] for run in runs[1:]} == {"SKIPPED"}
    (mail,) = mails_about(cloud, job["identifier"])
    assert "did not run on time" in str(vars(mail))
    assert job_of(somebody, job)["late_since"] == job["next_run_at"]
    assert any(finding["kind"] == "unserved" for finding in _findings(job))
    entries = somebody("GET", f"/jobs/{job['id']}/audit").body["items"]
    assert [entry["action"] for entry in entries].count("job.late") == 1


def _findings(job: Any) -> list[Any]:
    from chalicelib.jobflows.reconciliation import service as reconciliations

    newest = reconciliations.newest(10).items
    return [finding for sweep in newest for finding in sweep.findings if finding["record"] == job["id"]]


def test_slots_that_are_due_do_not_get_lost_in_a_change_a_pause_or_a_deletion(cloud: LocalCloud, somebody: Api) -> None:
    changed, paused, deleted = (due_job(somebody) for _ in range(3))
    cloud.clock.advance(minutes=1)
    assert somebody("PATCH", f"/jobs/{changed['id']}", {"schedule": "weekly"}).status == 200
    somebody("POST", f"/jobs/{paused['id']}/pause")
    somebody("DELETE", f"/jobs/{deleted['id']}")
    dispatch.dispatch(clock.now())
    (run,) = runs_of(somebody, changed)
    assert (run["status"], run["scheduled_at"]) == ("SKIPPED", changed["next_run_at"])
    assert "schedule was changed" in run["status_reason"]
    (run,) = runs_of(somebody, paused)
    assert "paused" in run["status_reason"]
    assert job_of(somebody, paused)["next_run_at"] is None

    from chalicelib.runs.models import Run

    (stored,) = Run.by_job.query(deleted["id"])
    assert "deleted" in stored.status_reason
