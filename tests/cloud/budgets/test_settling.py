"""A reservation is settled once, whoever repeats it and wherever it dies."""

from __future__ import annotations

from uuid import uuid4

import pytest

from chalicelib.budgets import settling
from chalicelib.budgets.models import Spending
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from localaws.cloud import LocalCloud
from tests.support.at_once import at_once

TIMES = 20


@pytest.fixture
def reserved(cloud: LocalCloud) -> Cluster:
    """A record that EMR never launched anything for, with five dollars of ten reserved."""
    now, key = clock.now(), f"person/{uuid4().hex[:8]}"
    Spending(f"2040-01/{key}", committed=10_000_000).save()
    cluster = Cluster(
        f"c-{uuid4().hex[:16]}", identifier="a", name="a", owner="somebody", owner_email="somebody@example.org", size=1,
        owner_state="somebody#failed", lifetime=2, emr_release="7.12.0", ssh_key="k", public_key="k", status="FAILED_TO_LAUNCH",
        created_at=now, expires_at=now, reservation={"month": "2040-01", "micros": 5_000_000, "budgets": [key]},
    )  # fmt: skip
    cluster.save()
    return cluster


def committed(cluster: Cluster) -> int:
    held = cluster.reservation
    return int(Spending.get(f"2040-01/{held['budgets'][0]}", consistent_read=True).committed)


def test_many_at_once_settle_it_once(reserved: Cluster) -> None:
    copies = [Cluster.get(reserved.id) for _ in range(TIMES)]
    at_once(lambda number: settling.settle(copies[number], clock.now()), TIMES)
    assert committed(reserved) == 5_000_000
    assert all(copy.reservation is None for copy in copies)


def test_a_task_that_is_repeated_settles_nothing_more(reserved: Cluster) -> None:
    settling.settle(Cluster.get(reserved.id), clock.now())
    settling.settle(Cluster.get(reserved.id), clock.now())
    assert committed(reserved) == 5_000_000


def test_what_was_launched_at_an_unknown_price_keeps_what_it_reserved(reserved: Cluster) -> None:
    reserved.update([Cluster.started_at.set(clock.now())])
    settling.settle(Cluster.get(reserved.id), clock.now())
    assert committed(reserved) == 10_000_000
    assert Cluster.get(reserved.id).reservation is None
