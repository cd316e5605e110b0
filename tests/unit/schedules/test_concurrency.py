"""How the runs of one job get on beside each other: at the limits, and in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.jobs.models import Job
from chalicelib.schedules import concurrency


def job(further: int = 0, **fields: Any) -> Job:
    """A job with a run that is going, and so many more."""
    runs = [f"r-{number}" for number in range(1, further + 1)]
    usual: dict[str, Any] = {"id": "j-1", "identifier": "flights", "timezone": "UTC", "active_run": "r-0"}
    return Job(**(usual | {"further_runs": runs} | fields))


@pytest.mark.parametrize(
    ("overlap", "further", "action", "says"),
    [
        ("skip", 0, "refuse", "A run of flights"),
        ("queue", 0, "queue", "Waiting for"),
        ("queue", 9, "queue", "and 9 more"),
        ("queue", 10, "refuse", "10 runs of flights are already waiting"),
        ("allow", 8, "run", ""),
        ("allow", 9, "refuse", "10 runs of flights are already running"),
    ],
)
def test_at_the_limit_another_run_is_refused(overlap: str, further: int, action: str, says: str) -> None:
    decision = concurrency.decide_manual_run(job(further, overlap=overlap))
    assert decision[0] == action
    assert decision[1].startswith(says) or says in decision[1]
    assert bool(decision[1]) == bool(says)


def test_a_job_at_rest_has_no_runs_and_may_always_be_run() -> None:
    for overlap in ("skip", "queue", "allow"):
        assert concurrency.unfinished_runs(job(active_run=None, further_runs=None, overlap=overlap)) == []
        assert concurrency.decide_manual_run(job(active_run=None, overlap=overlap)) == ("run", "")


def test_a_run_that_waits_says_for_which_one_and_how_many() -> None:
    last = datetime(2026, 11, 22, 6, tzinfo=UTC)
    assert "Sun 22 Nov 2026, 06:00 (UTC)" in concurrency.queue_reason(job(last_run_at=last))
    assert "previous run" in concurrency.queue_reason(job())
    assert " more " not in concurrency.queue_reason(job())
    assert " and 3 more " in concurrency.queue_reason(job(3))
