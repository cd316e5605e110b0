"""The sums of a month by person, group, job and release: whatever the receipts and the groups, the parts add up to the whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
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
