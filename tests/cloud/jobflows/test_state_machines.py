"""Every way through the two state machines that a failing Lambda opens: retried, caught, paused, and right in the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.clusters import lifecycle as clusters
from chalicelib.runs import lifecycle as runs
from localaws.cloud import LocalCloud
from tests.support.faults import broken, emr_answers, launch_fails
from tests.support.http import Api, until

FEW, MANY = 3, 20
"""A failing task is retried; one that fails more often than that is caught."""
BETWEEN_MOVES = 0.04
"""Real seconds for what the clock woke to go on, before it moves again: retries back off for minutes of its time."""


def failing(times: int) -> Callable[..., Any]:
    """A task that raises so many times."""
    left = [times]

    def wrap(task: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **named: Any) -> Any:
            if left[0] > 0:
                left[0] -= 1
                raise RuntimeError("our own Lambda fails")
            return task(*args, **named)

        return wrapped

    return wrap


def moving_on(cloud: LocalCloud, condition: Callable[[], Any], seconds: int = 30) -> Any:
    """What `condition` returns once it is true, the cloud's clock moving on by so many seconds a look."""

    def look() -> Any:
        if not (value := condition()):
            cloud.clock.advance(seconds=seconds)
        return value

    return until(look, 60, BETWEEN_MOVES)


def alive(cloud: LocalCloud, word: str) -> list[str]:
    return [
        c.id for c in cloud.emr.clusters.values() if word in c.request["Name"] and not c.state.startswith("TERMINAT")
    ]


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize("task", clusters.TASKS)
def test_a_cluster_whose_task_fails(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch, task: str, times: int
) -> None:
    monkeypatch.setitem(clusters.TASKS, task, failing(times)(clusters.TASKS[task]))
    with emr_answers(cloud, launch_fails(1 if task == "resolve_launch_error" else 0, broken, having_worked=True)):
        cluster = somebody.launch(lifetime=24)
        path = f"/clusters/{cluster['id']}"
        moving_on(cloud, lambda: somebody("GET", path).body["status"] in ("WAITING", "TERMINATED"))
        assert len(alive(cloud, cluster["identifier"])) <= 1
        somebody("POST", f"{path}/terminate")
        moving_on(cloud, lambda: somebody("GET", path).body["status"] == "TERMINATED")
    until(lambda: alive(cloud, cluster["identifier"]) == [])
    moving_on(cloud, lambda: execution(cloud, "cluster", cluster["id"]) == "SUCCEEDED")


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize("task", runs.TASKS)
def test_a_run_whose_task_fails(
    cloud: LocalCloud, somebody: Api, monkeypatch: pytest.MonkeyPatch, task: str, times: int
) -> None:
    monkeypatch.setitem(runs.TASKS, task, failing(times)(runs.TASKS[task]))
    with emr_answers(cloud, launch_fails(1 if task == "resolve_launch_error" else 0, broken, having_worked=True)):
        job = somebody.schedule(f"job-{uuid4().hex[:8]}", job_timeout=24)
        run = somebody("POST", f"/jobs/{job['id']}/run", {}).body
        moving_on(cloud, lambda: somebody("GET", f"/runs/{run['id']}").body["finished_at"])
    ended = somebody("GET", f"/runs/{run['id']}").body
    # A launch that could not be put on record was ended at once, and its run launched anew.
    assert ended["status"] == "SUCCEEDED", ended["status_reason"]
    moving_on(cloud, lambda: execution(cloud, "job-run", run["id"]) == "SUCCEEDED")
    assert alive(cloud, job["identifier"]) == []
    assert somebody("GET", f"/jobs/{job['id']}").body["active_run"] is None


def execution(cloud: LocalCloud, machine: str, record_id: str) -> str:
    arn = f"arn:aws:states:{cloud.region}:{cloud.account}:execution:atmo-local-{machine}:{record_id}"
    return str(cloud.client("stepfunctions").describe_execution(executionArn=arn)["status"])
