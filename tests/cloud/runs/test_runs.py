"""A run's life through the front door: HTTP in; records, S3 objects, mails and EMR's clusters out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import urllib3

from localaws.cloud import LocalCloud
from tests.support.faults import Params, broken, emr_answers, events_go, launch_fails
from tests.support.http import TINY, Api, reaches, until
from tests.support.mailbox import mails_about

NOTEBOOKS = Path(__file__).parents[3] / "notebooks"
SLEEPS = TINY | {"cells": [TINY["cells"][0] | {"source": "import time; print('begun', flush=True); time.sleep(600)"}]}
OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "CANCELLED")


def scheduled(api: Api, **changes: Any) -> Any:
    return api.schedule(f"run-{uuid4().hex[:8]}", **changes)


def start(api: Api, job: Any, **body: Any) -> str:
    answer = api("POST", f"/jobs/{job['id']}/run", body)
    assert answer.status == 202, answer.body
    return f"/runs/{answer.body['id']}"


def result(api: Api, path: str, name: str) -> bytes:
    files = {file["name"]: file for file in api("GET", f"{path}/results").body["items"]}
    answer = urllib3.request("GET", files[name]["url"])
    assert answer.status == 200
    assert len(answer.data) == files[name]["size"]
    return answer.data


def cluster_of(cloud: LocalCloud, run: Any) -> Any:
    return cloud.emr.clusters[run["jobflow_id"]]


def test_a_run_succeeds_with_its_parameters_and_its_cluster_ends_by_itself(cloud: LocalCloud, somebody: Api) -> None:
    job = scheduled(somebody, parameters={"days": 7})
    path = start(somebody, job, parameters={"days": 30})
    run = reaches(somebody, path, *OVER)
    assert (run["status"], run["trigger"], run["attempt"], run["parameters"]) == (
        "SUCCEEDED",
        "manual",
        1,
        {"days": 30},
    )
    # To the second, which is as exact as EMR is.
    moments = [run[name][:19] for name in ("scheduled_at", "started_at", "ready_at", "finished_at")]
    assert moments == sorted(moments)
    executed = json.loads(result(somebody, path, "notebook.ipynb"))
    assert "days = 30" in str(executed["cells"])
    assert b"hello" in result(somebody, path, "notebook.html")
    until(lambda: cluster_of(cloud, run).state == "TERMINATED")
    after = somebody("GET", f"/jobs/{job['id']}").body
    assert (after["active_run"], after["last_run"], after["last_run_status"]) == (None, run["id"], "SUCCEEDED")


def test_a_failing_notebook_names_the_cell_and_keeps_what_was_done(cloud: LocalCloud, somebody: Api) -> None:
    notebook = {"name": "failing.ipynb", "content": (NOTEBOOKS / "failing.ipynb").read_text()}
    job = scheduled(somebody, notebook=notebook)
    path = start(somebody, job)
    run = reaches(somebody, path, *OVER)
    assert run["status"] == "FAILED"
    assert run["failed_cell"] == 3
    assert run["status_reason"].startswith("Cell 3 raised ValueError: ")
    cells = [
        cell for cell in json.loads(result(somebody, path, "notebook.ipynb"))["cells"] if cell["cell_type"] == "code"
    ]
    assert [bool(cell["outputs"]) for cell in cells[:3]] == [True, True, True]
    until(lambda: len(mails_about(cloud, run["id"])) == 1)
    again = reaches(somebody, start(somebody, job), *OVER)
    assert again["id"] != run["id"]
    assert result(somebody, path, "outcome.json")


def test_a_run_past_its_timeout_is_ended_and_its_owner_told(cloud: LocalCloud, somebody: Api) -> None:
    job = scheduled(somebody, notebook={"name": "sleeps.ipynb", "content": SLEEPS}, job_timeout=1)
    path = start(somebody, job)
    run = reaches(somebody, path, "RUNNING")
    cloud.clock.advance(minutes=61)
    ended = reaches(somebody, path, *OVER)
    assert ended["status"] == "TIMED_OUT"
    assert "still running after 1 hour" in ended["status_reason"]
    until(lambda: cluster_of(cloud, run).state == "TERMINATED")
    until(lambda: len(mails_about(cloud, run["id"])) == 1)


def test_a_run_is_cancelled_and_frees_its_job(cloud: LocalCloud, somebody: Api) -> None:
    job = scheduled(somebody, notebook={"name": "sleeps.ipynb", "content": SLEEPS})
    path = start(somebody, job)
    refused = somebody("POST", f"/jobs/{job['id']}/run", {})
    assert refused.status == 409
    assert "still running" in refused.body["detail"]
    run = reaches(somebody, path, "RUNNING")
    until(lambda: somebody("GET", f"/jobs/{job['id']}").body["last_run_status"] == "RUNNING")
    assert somebody("POST", f"{path}/cancel").status == 200
    ended = reaches(somebody, path, *OVER)
    assert (ended["status"], ended["status_reason"]) == ("CANCELLED", f"Cancelled by {job['owner']}.")
    assert somebody("POST", f"{path}/cancel").status == 409
    until(lambda: cluster_of(cloud, run).state == "TERMINATED")
    assert somebody("GET", f"/jobs/{job['id']}").body["active_run"] is None
    assert mails_about(cloud, run["id"]) == []


def test_run_now_twice_with_one_key_is_one_run(cloud: LocalCloud, somebody: Api) -> None:
    job = scheduled(somebody)
    first, second = (somebody("POST", f"/jobs/{job['id']}/run", {}, Idempotency_Key="k") for _ in range(2))
    assert first.status == second.status == 202
    assert first.body["id"] == second.body["id"]
    reaches(somebody, f"/runs/{first.body['id']}", "SUCCEEDED")


def test_deleting_a_job_keeps_its_runs_and_frees_its_identifier(somebody: Api) -> None:
    job = scheduled(somebody)
    path = start(somebody, job)
    reaches(somebody, path, "SUCCEEDED")
    assert somebody("DELETE", f"/jobs/{job['id']}").status == 204
    assert somebody("GET", f"/jobs/{job['id']}").status == 404
    assert somebody("GET", path).body["status"] == "SUCCEEDED"
    assert result(somebody, path, "notebook.html")
    again = somebody.schedule(job["identifier"])
    assert again["id"] != job["id"]
    assert somebody("GET", f"/jobs/{again['id']}/runs").body["items"] == []


def test_an_edited_job_runs_the_new_notebook_and_the_run_under_way_the_old_one(
    cloud: LocalCloud, somebody: Api
) -> None:
    job = scheduled(somebody)
    new = TINY | {"cells": [TINY["cells"][0] | {"source": "print('the new one')"}]}

    def edit_first(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow":
            changed = somebody("PATCH", f"/jobs/{job['id']}", {"notebook": {"name": "tiny.ipynb", "content": new}})
            assert changed.status == 200
        return really()

    with emr_answers(cloud, edit_first):
        path = start(somebody, job)
        reaches(somebody, path, *OVER)
    assert b"hello" in result(somebody, path, "notebook.html")
    later = start(somebody, job)
    reaches(somebody, later, *OVER)
    assert b"the new one" in result(somebody, later, "notebook.html")


def test_lost_events_are_made_up_for_by_the_sweep(cloud: LocalCloud, somebody: Api) -> None:
    with events_go(cloud, lambda event, deliver: None):
        path = start(somebody, scheduled(somebody))
        jobflow = until(lambda: somebody("GET", path).body["jobflow_id"])
        until(lambda: cloud.emr.clusters[jobflow].state == "TERMINATED")
        assert somebody("GET", path).body["status"] == "STARTING"
        cloud.events.tick("sweep")
        assert reaches(somebody, path, *OVER)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("worked", [True, False], ids=["it had launched", "it had not"])
def test_a_launch_whose_answer_was_lost_launches_one_cluster(cloud: LocalCloud, somebody: Api, worked: bool) -> None:
    with emr_answers(cloud, launch_fails(1 if worked else 6, broken, having_worked=worked)):
        path = start(somebody, scheduled(somebody))

        def over() -> Any:
            run = somebody("GET", path).body
            cloud.clock.advance(seconds=0 if run["status"] == "RUNNING" else 12)
            return run if run["status"] in OVER else None

        run = until(over)
    assert run["status"] == "SUCCEEDED"
    assert (
        len([jobflow for jobflow in cloud.emr.clusters.values() if run["job_identifier"] in jobflow.request["Name"]])
        == 1
    )


def test_a_cluster_that_breaks_fails_the_run_with_emrs_reason(cloud: LocalCloud, somebody: Api) -> None:
    path = start(somebody, scheduled(somebody, notebook={"name": "sleeps.ipynb", "content": SLEEPS}))
    run = reaches(somebody, path, "RUNNING")
    cloud.client("emr").terminate_job_flows(JobFlowIds=[run["jobflow_id"]])
    ended = reaches(somebody, path, *OVER)
    assert ended["status"] == "FAILED"
    assert ended["status_reason"]
