"""What a month has cost, by person, group, job and EMR release, from the receipts of what has ended. Pure;
chalicelib/costs/months.py reads them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.costs import accuracy
from chalicelib.costs.accuracy import Accuracy
from chalicelib.costs.models import ReceiptLine

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
"""Months as they are named."""
CLUSTERS = "clusters"
"""What all clusters of a person are called beside the names of jobs."""
NO_GROUP = "no group"
"""What people are called together who are in no group."""


@dataclass(frozen=True)
class Row:
    """A sum: of whom or what, its id where it is a job, how many clusters and runs are in it, and US dollars."""

    name: str
    id: str
    count: int
    ec2: Decimal
    emr: Decimal
    ebs: Decimal

    @property
    def amount(self) -> Decimal:
        return self.ec2 + self.emr + self.ebs


@dataclass(frozen=True)
class Month:
    """A month such as "2026-11" in UTC: its sum, and that of each person, group, job or all clusters, and EMR release, the dearest
    first. Each of the four adds up to the whole; one person's month has no sums of groups."""

    month: str
    total: Row
    people: list[Row]
    groups: list[Row]
    """People in several groups count once, as a row of their own such as "astro + bio"."""
    things: list[Row]
    releases: list[Row]
    group_names: Mapping[str, str]
    """The name of the row among `groups` that each person counts in."""
    of_clusters: Accuracy | None = None
    of_runs: Accuracy | None = None
    """How near the estimates came; of everybody's month alone."""


def month_of(moment: datetime) -> str:
    """The name of the month that a moment is in."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def neighbours(month: str) -> tuple[str, str]:
    """The month before and the one after."""
    months = int(month[:4]) * 12 + int(month[5:]) - 1
    before, after = (f"{one // 12:04}-{one % 12 + 1:02}" for one in (months - 1, months + 1))
    return before, after


def summed(month: str, lines: Sequence[ReceiptLine], groups: Mapping[str, frozenset[str]] | None) -> Month:
    """The sums of a month's lines, where people are in these groups; None asks for no sums of groups."""
    names = {owner: " + ".join(sorted(of_owner)) for owner, of_owner in (groups or {}).items()}

    def group(line: ReceiptLine) -> tuple[str, str]:
        name = names.get(line.owner, "")
        return name or NO_GROUP, name

    return Month(
        month,
        _row("", "", lines),
        people=_rows(lines, lambda line: (line.owner, line.owner)),
        groups=_rows(lines, group) if groups is not None else [],
        things=_rows(lines, lambda line: (line.name, line.job_id) if line.job_id else (CLUSTERS, "")),
        releases=_rows(lines, lambda line: (line.emr_release, line.emr_release)),
        group_names=names,
        of_clusters=accuracy.of_lines(lines, of_runs=False) if groups is not None else None,
        of_runs=accuracy.of_lines(lines, of_runs=True) if groups is not None else None,
    )


def _rows(lines: Iterable[ReceiptLine], by: Callable[[ReceiptLine], tuple[str, str]]) -> list[Row]:
    groups: dict[str, list[ReceiptLine]] = {}
    names: dict[str, str] = {}
    for line in lines:
        name, key = by(line)
        names.setdefault(key, name)
        groups.setdefault(key, []).append(line)
    rows = [_row(names[key], key, group) for key, group in groups.items()]
    return sorted(rows, key=lambda row: (-row.amount, row.name))


def _row(name: str, key: str, lines: Iterable[ReceiptLine]) -> Row:
    every = list(lines)
    ec2, emr, ebs = (sum((Decimal(getattr(line, part)) for line in every), Decimal()) for part in ("ec2", "emr", "ebs"))
    return Row(name, key, len(every), ec2, emr, ebs)
