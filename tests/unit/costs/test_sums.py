"""The sums of a month by person, group, job and release: whatever the receipts and the groups, the parts add up to the whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.costs import sums
from chalicelib.costs.models import ReceiptLine
from chalicelib.costs.sums import Month, Row

MONTH = "2040-02"
ENDED = datetime(2040, 2, 3, tzinfo=UTC)
AMOUNTS = st.decimals(0, 9999, places=6, allow_nan=False)


def line(owner: str, ec2: Decimal = Decimal(1), release: str = "emr-7.0.0", job: str | None = None) -> ReceiptLine:
    return ReceiptLine(
        MONTH, "r-1", owner=owner, owner_month=f"{owner}#{MONTH}", job_id=job, name=f"of {job}", emr_release=release,
        seconds=60, ec2=str(ec2), emr="0.250000", ebs="0.010000", ended_at=ENDED,
    )  # fmt: skip


LINES = st.lists(
    st.builds(
        line,
        st.sampled_from(["ann", "bob", "cy", "dee"]),
        AMOUNTS,
        st.sampled_from(["emr-7.0.0", "emr-7.9.0"]),
        st.sampled_from([None, "j-1", "j-2"]),
    ),
    max_size=12,
)
GROUPS = st.dictionaries(
    st.sampled_from(["ann", "bob", "cy", "gone"]), st.frozensets(st.sampled_from(["astro", "bio", "chem"])), max_size=4
)
CUTS: list[Callable[[Month], list[Row]]] = [
    lambda month: month.people,
    lambda month: month.groups,
    lambda month: month.things,
    lambda month: month.releases,
]


@pytest.mark.parametrize("cut", CUTS)
@given(lines=LINES, groups=GROUPS)
def test_the_parts_add_up_to_the_whole(
    cut: Callable[[Month], list[Row]], lines: list[ReceiptLine], groups: dict[str, frozenset[str]]
) -> None:
    month = sums.summed(MONTH, lines, groups)
    rows = cut(month)
    for part in ("count", "ec2", "emr", "ebs", "amount"):
        assert sum(getattr(row, part) for row in rows) == getattr(month.total, part)
    assert [row.amount for row in rows] == sorted((row.amount for row in rows), reverse=True)


def test_whoever_is_in_two_groups_counts_once_for_both_together() -> None:
    groups = {"ann": frozenset({"bio"}), "bob": frozenset({"bio", "astro"}), "cy": frozenset[str]()}
    month = sums.summed(MONTH, [line("ann"), line("ann"), line("bob"), line("cy"), line("gone", Decimal(7))], groups)
    assert [(row.name, row.count, row.amount) for row in month.groups] == [
        (sums.NO_GROUP, 2, Decimal("8.52")),
        ("bio", 2, Decimal("2.52")),
        ("astro + bio", 1, Decimal("1.26")),
    ]
    assert month.group_names == {"ann": "bio", "bob": "astro + bio", "cy": ""}
    assert [row.id for row in month.groups] == ["", "bio", "astro + bio"]


def test_one_persons_month_has_no_sums_of_groups() -> None:
    assert sums.summed(MONTH, [line("ann")], None).groups == []


def test_sums_of_releases() -> None:
    month = sums.summed(MONTH, [line("ann"), line("bob", release="emr-7.9.0", ec2=Decimal(2))], {})
    assert [(row.name, row.amount) for row in month.releases] == [
        ("emr-7.9.0", Decimal("2.26")),
        ("emr-7.0.0", Decimal("1.26")),
    ]


def test_a_month_is_summed_by_job_and_all_clusters_together() -> None:
    lines = [line("ann"), line("bob"), line("ann", job="j-1"), line("bob", Decimal(5), job="j-2")]
    things = sums.summed(MONTH, lines, None).things
    assert [(row.name, row.id, row.count) for row in things] == [
        ("of j-2", "j-2", 1),
        (sums.CLUSTERS, "", 2),
        ("of j-1", "j-1", 1),
    ]


def test_estimates_of_clusters_and_runs_are_compared_apart_and_for_everybody_alone() -> None:
    compared = [line("ann"), line("ann", job="j-1"), line("bob", job="j-1")]
    for one in compared:
        one.estimated, one.receipt_amount = "1.30", str(one.amount)
    month = sums.summed(MONTH, compared, {})
    assert month.of_clusters
    assert month.of_runs
    assert (month.of_clusters.count, month.of_runs.count) == (1, 2)
    ones_own = sums.summed(MONTH, compared, None)
    assert ones_own.of_clusters is ones_own.of_runs is None


@pytest.mark.parametrize(
    ("month", "before", "after"),
    [
        ("2040-02", "2040-01", "2040-03"),
        ("2040-01", "2039-12", "2040-02"),
        ("2040-12", "2040-11", "2041-01"),
        ("2039-11", "2039-10", "2039-12"),
    ],
)
def test_the_months_beside_one(month: str, before: str, after: str) -> None:
    assert sums.neighbours(month) == (before, after)


@given(st.dates(date(2001, 1, 1), date(2099, 11, 30)))
def test_a_month_is_between_those_beside_it(day: date) -> None:
    month = f"{day:%Y-%m}"
    before, after = sums.neighbours(month)
    assert before < month < after
    assert sums.neighbours(before)[1] == sums.neighbours(after)[0] == month


def test_months_are_utcs() -> None:
    assert sums.month_of(datetime.fromisoformat("2040-06-01T01:00:00+02:00")) == "2040-05"
