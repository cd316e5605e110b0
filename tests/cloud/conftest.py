"""Nothing is left over from the test before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from localaws.cloud import LocalCloud
from tests.support.prices import forget_prices
from tests.support.sweeps import sweep

WITH_JOBS = ("dispatch", "import_export", "notebooks", "runs", "schedules")
"""Folders of tests that leave jobs behind, and move the clock by days: each due job's run executes a notebook."""


@pytest.fixture(autouse=True)
def no_failures_yet(cloud: LocalCloud) -> None:
    """Nobody has failed to sign in within this minute: all tests come from one address."""
    from chalicelib.identity.rate_limit import service as rate_limit
    from chalicelib.identity.rate_limit.models import Failures

    rate_limit._over.clear()
    for record in Failures.scan():
        record.delete()


@pytest.fixture(autouse=True)
def nothing_left_due(request: pytest.FixtureRequest) -> Iterator[None]:
    """Jobs of one test are not due in another."""
    yield
    if request.path.parent.name in WITH_JOBS:
        from chalicelib.jobs.models import DUE_SHARDS, Job

        for job in [job for shard in DUE_SHARDS for job in Job.by_due.query(shard)]:
            job.update([Job.next_run_at.remove(), Job.due_shard.remove()])


A_WHILE = timedelta(hours=60)


@pytest.fixture
def priced(cloud: LocalCloud) -> Iterator[None]:
    """The sweep has asked for prices a moment ago, and the month goes on for longer than any test of money moves the clock."""
    now = cloud.clock.now()
    if (now + A_WHILE).month != now.month:
        cloud.clock.advance(seconds=(A_WHILE + timedelta(hours=1)).total_seconds())
    forget_prices()
    sweep(cloud)
    yield
    forget_prices()
