"""Runs at once: who asks for one is refused, all others wait until there is room."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.executions import awaits_start
from tests.support.http import Api, reaches, until
from tests.support.limits import limited


@pytest.fixture
def two(somebody: Api) -> tuple[str, str]:
    """Two jobs of one person."""
    first, second = (somebody.schedule(f"job-{uuid4().hex[:8]}")["id"] for _ in range(2))
    return first, second


def used(somebody: Api, limit: str = "runs") -> int:
    return int(next(one["used"] for one in somebody("GET", "/limits").body["own"] if one["limit"] == limit))


def test_a_run_that_somebody_wants_now_is_refused(somebody: Api, two: tuple[str, str]) -> None:
    first, second = two
    with limited(runs=1):
        run = somebody("POST", f"/jobs/{first}/run", {}).body
        assert (used(somebody), used(somebody, "workers")) == (1, 1)
        refused = somebody("POST", f"/jobs/{second}/run", {})
        assert (refused.status, refused.body["limit"], refused.body["title"]) == (409, "runs", "A limit is reached")
        assert "This would make 2 runs at once" in refused.body["detail"]
        reaches(somebody, f"/runs/{run['id']}", "SUCCEEDED")
        assert (used(somebody), used(somebody, "workers")) == (0, 0)
        assert somebody("POST", f"/jobs/{second}/run", {}).status == 202


def test_a_run_on_schedule_waits_for_room(cloud: LocalCloud, somebody: Api, two: tuple[str, str]) -> None:
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory, machine, run_queue
    from chalicelib.runs.models import Trigger

    _, second = two
    with limited(runs=0):
        job, now = Job.get(second), clock.now()
        run = factory.of_job(job, f"r-{uuid4().hex[:16]}", Trigger.SCHEDULE, now, now)
        run.save()
        job.update(run_queue.enqueue(job, run))
        machine.MACHINE.start(run)
        waiting = until(lambda: (one := somebody("GET", f"/runs/{run.id}").body)["status_reason"] and one)
        assert waiting["status"] == "QUEUED"
        assert waiting["status_reason"].startswith("Waiting for room. This would make 1 runs at once")
        awaits_start(run.id)
    cloud.clock.advance(seconds=70)  # when it looks again, there is room
    reaches(somebody, f"/runs/{run.id}", "SUCCEEDED")
    assert used(somebody) == 0


def test_one_that_never_gets_room_says_so(cloud: LocalCloud, somebody: Api, two: tuple[str, str]) -> None:
    from chalicelib.jobs.models import Job
    from chalicelib.runs import factory, machine, run_queue
    from chalicelib.runs.models import Trigger

    with limited(workers=0):
        job, now = Job.get(two[0]), clock.now()
        run = factory.of_job(job, f"r-{uuid4().hex[:16]}", Trigger.SCHEDULE, now, now)
        run.save()
        job.update(run_queue.enqueue(job, run))
        machine.MACHINE.start(run)
        until(lambda: somebody("GET", f"/runs/{run.id}").body["status_reason"])
        awaits_start(run.id)
        cloud.clock.advance(minutes=61)
        ended = reaches(somebody, f"/runs/{run.id}", "TIMED_OUT")
    assert "It was not launched within 1 hour, its timeout. Waiting for room." in ended["status_reason"]
    assert used(somebody) == 0


def test_a_job_whose_runs_could_never_begin_is_refused(somebody: Api, two: tuple[str, str]) -> None:
    with limited(workers=5):
        refused = somebody("PATCH", f"/jobs/{two[0]}", {"size": 6})
        assert (refused.status, refused.body["limit"]) == (409, "workers")
        assert somebody("PATCH", f"/jobs/{two[0]}", {"size": 5}).status == 200


def test_a_job_takes_its_runs_along(somebody: Api, api: Callable[[str], Api], two: tuple[str, str]) -> None:
    other = api(f"other-{uuid4().hex[:8]}")
    name = other("GET", "/me").body["username"]
    run = somebody("POST", f"/jobs/{two[0]}/run", {}).body
    admin = api("admin")
    assert admin("POST", f"/jobs/{two[0]}/transfer", {"to": name}).status == 200
    assert used(other, "jobs") == 1
    assert used(somebody, "jobs") == 1
    reaches(other, f"/runs/{run['id']}", "SUCCEEDED")
    assert (used(other), used(somebody), used(other, "workers"), used(somebody, "workers")) == (0, 0, 0, 0)
