"""Runs out of step with EMR or without a state machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from chalicelib.runs.models import Run
from localaws.cloud import LocalCloud
from localaws.emr import EmrError
from tests.cloud.clusters.test_lifecycle import moving_on
from tests.support.executions import visited
from tests.support.faults import Params, emr_answers
from tests.support.http import TINY, Api, reaches, until
from tests.support.reconciliation import OURS, findings, kinds, launch, state, stop
from tests.support.sweeps import sweep


def test_a_run_whose_machine_died_is_resumed(cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    launches = [0]

    def busy(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        if operation == "RunJobFlow":
            launches[0] += 1
            if launches[0] < 3:
                raise EmrError("ThrottlingException", "Rate exceeded")
        return really()

    with emr_answers(cloud, busy):
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        until(lambda: "Launch" in visited(cloud, "job-run", run["id"]))
        stop(cloud, "job-run", run["id"])
        cloud.clock.advance(minutes=3)
        sweep(cloud)
        moving_on(cloud, lambda: somebody("GET", f"/runs/{run['id']}").body["status"] == "SUCCEEDED", 0.1)
    assert kinds(api, run["id"]) == ["stalled"]
    moving_on(cloud, lambda: Run.get(run["id"], consistent_read=True).live is None, 0.1)
    assert len(cloud_runs(cloud, job["identifier"])) == 1


def cloud_runs(cloud: LocalCloud, identifier: str) -> list[Any]:
    return [one for one in cloud.emr.clusters.values() if f"-{identifier}-" in one.request["Name"]]


def test_a_runs_cluster_that_outlives_its_run_is_ended(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")
    moving_on(cloud, lambda: Run.get(run["id"], consistent_read=True).live is None, 0.1)
    (ended,) = cloud_runs(cloud, job["identifier"])
    twin = launch(cloud, ended.request["Name"], **(OURS | {"Type": "job"}), Record=run["id"])
    cloud.clock.advance(minutes=11)
    sweep(cloud)
    until(lambda: state(cloud, twin) == "TERMINATED")
    assert findings(api, twin)[0]["done"] == "Ended: its run is over."


def test_a_run_whose_cluster_emr_has_forgotten_fails(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    held: Params = {"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None,
                       "source": "import time; time.sleep(600)"}]}  # fmt: skip
    notebook = {"name": "long.ipynb", "content": {**TINY, **held}}
    job = somebody.schedule(f"job-{uuid4().hex[:8]}", notebook=notebook, job_timeout=24)
    run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
    reaches(somebody, f"/runs/{run['id']}", "RUNNING")
    jobflow = somebody("GET", f"/runs/{run['id']}").body["jobflow_id"]
    until(lambda: visited(cloud, "job-run", run["id"])[-1] == "AwaitFinish")
    forgotten = cloud.emr.clusters.pop(jobflow)
    try:
        cloud.clock.advance(minutes=11)
        sweep(cloud)
        failed = reaches(somebody, f"/runs/{run['id']}", "FAILED")
    finally:
        cloud.emr.clusters[jobflow] = forgotten
        forgotten.halt()
    assert "EMR no longer knows the cluster." in failed["status_reason"]
    assert kinds(api, run["id"]) == ["forgotten"]
    assert somebody("GET", f"/jobs/{job['id']}").body["active_run"] is None


def test_a_lost_launch_is_not_taken_for_another_records_cluster_of_the_same_name(
    cloud: LocalCloud, somebody: Api, api: Callable[[str], Api]
) -> None:
    job = somebody.schedule(f"job-{uuid4().hex[:8]}")
    twins: list[str] = []
    making = [False]

    def lost(operation: str, params: Params, really: Callable[[], Params]) -> Params:
        """The first answers are lost, and nothing was launched; but EMR has clusters of that name, of other records."""
        if operation != "RunJobFlow" or making[0] or len(twins) >= 6:
            return really()
        making[0] = True
        twins.append(launch(cloud, params["Name"], **(OURS | {"Type": "job"}), Record=f"r-another{len(twins)}"))
        making[0] = False
        raise EmrError("InternalServerError", "An internal error occurred.", 500)

    with emr_answers(cloud, lost):
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        moving_on(cloud, lambda: somebody("GET", f"/runs/{run['id']}").body["jobflow_id"], 0.1)
    cloud.client("emr").terminate_job_flows(JobFlowIds=twins)
    assert twins
    assert somebody("GET", f"/runs/{run['id']}").body["jobflow_id"] not in twins
    reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")
