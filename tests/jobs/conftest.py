from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def nothing_left_due(request: pytest.FixtureRequest) -> Iterator[None]:
    """Jobs of one test are not due in another, which moves the clock by days: each run executes a notebook."""
    yield
    if "cloud" in request.fixturenames:
        from chalicelib.jobs.models import DUE_SHARDS, Job

        for job in [job for shard in DUE_SHARDS for job in Job.by_due.query(shard)]:
            job.update([Job.next_run_at.remove(), Job.due_shard.remove()])
