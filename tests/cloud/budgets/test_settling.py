"""A reservation is settled once, whoever repeats it and wherever it dies."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from chalicelib.budgets import rules, settling
from chalicelib.budgets.models import Spending
from chalicelib.budgets.rules import Budget
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.ownership import budget_sweep
from localaws.cloud import LocalCloud
from tests.support.at_once import at_once
from tests.support.budgets import budgeted

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


def test_what_ends_counts_once_in_the_sums_of_its_months(reserved: Cluster) -> None:
    receipt = {"amount": "3.000000", "parts": [_part("2039-12", "1.000000"), _part("2040-01", "2.000000")]}
    owner = f"owner-{uuid4().hex[:8]}"
    reserved.update([Cluster.receipt.set(receipt), Cluster.owner.set(owner)])
    copies = [Cluster.get(reserved.id) for _ in range(3)]
    at_once(lambda number: settling.settle(copies[number], clock.now()), 3)
    settling.settle(Cluster.get(reserved.id), clock.now())
    assert [int(Spending.get(f"{month}/person/{owner}").ended) for month in ("2039-12", "2040-01")] == [
        1_000_000,
        2_000_000,
    ]
    assert committed(reserved) == 7_000_000


def test_without_a_budget_it_counts_all_the_same(reserved: Cluster) -> None:
    owner = f"owner-{uuid4().hex[:8]}"
    receipt = {"amount": "2.000000", "parts": [_part("2040-01", "2.000000")]}
    reserved.update([Cluster.receipt.set(receipt), Cluster.owner.set(owner), Cluster.reservation.remove()])
    for _ in range(2):
        settling.settle(Cluster.get(reserved.id), clock.now())
    spending = Spending.get(f"2040-01/person/{owner}")
    assert (spending.ended, spending.committed) == (2_000_000, 0)


def _part(month: str, amount: str) -> dict[str, str]:
    return {"month": month, "amount": amount}


def test_what_outlives_its_reservation_is_not_counted_twice(reserved: Cluster) -> None:
    """The sweep adds what it has cost meanwhile, and its end what its receipt says in place of all that."""
    now = clock.now()
    month = rules.month_of(now)
    (key,) = reserved.reservation["budgets"]
    began = now - timedelta(minutes=1)
    Spending(f"{month}/{key}", committed=1_000_000).save()
    reserved.update(
        [
            Cluster.status.set("WAITING"), Cluster.per_hour.set("120.00"), Cluster.started_at.set(began),
            Cluster.reservation.set({"month": month, "micros": 1_000_000, "budgets": [key]}),
        ]
    )  # fmt: skip
    copies = [Cluster.get(reserved.id, consistent_read=True) for _ in range(2)]
    with budgeted(people={key.partition("/")[2]: Budget("100.00")}):
        for copy in copies:
            budget_sweep.watch([copy], [], Report(), now)
    drawn = lambda: int(Spending.get(f"{month}/{key}", consistent_read=True).committed)  # noqa: E731
    assert drawn() == rules.cost_so_far("120.00", began, now) > 1_000_000
    reserved.refresh(consistent_read=True)
    parts = [{"month": month, "amount": "1.50"}]
    reserved.update([Cluster.status.set("TERMINATED"), Cluster.receipt.set({"amount": "1.50", "parts": parts})])
    settling.settle(reserved, now)
    assert drawn() == 1_500_000
