"""What a month has cost, by person and by job, from the receipts of what has ended."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.costs.models import ReceiptLine

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
"""Months as they are named."""
CLUSTERS = "clusters"
"""What all clusters of a person are called beside the names of jobs."""


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
    """A month such as "2026-11" in UTC: its sum, and that of each person and of each job or of all clusters, the dearest first."""

    month: str
    total: Row
    people: list[Row]
    things: list[Row]


def month_of(moment: datetime) -> str:
    """The name of the month that a moment is in."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def neighbours(month: str) -> tuple[str, str]:
    """The month before and the one after."""
    months = int(month[:4]) * 12 + int(month[5:]) - 1
    before, after = (f"{one // 12:04}-{one % 12 + 1:02}" for one in (months - 1, months + 1))
    return before, after


def of_month(month: str, owner: str | None = None) -> tuple[Month, list[ReceiptLine]]:
    """A month of one person, or of everybody; with the lines that it is the sum of, the latest first."""
    lines = list(ReceiptLine.by_owner.query(f"{owner}#{month}") if owner else ReceiptLine.query(month))
    lines.sort(key=lambda line: line.ended_at, reverse=True)
    people = _rows(lines, lambda line: (line.owner, line.owner))
    things = _rows(lines, lambda line: (line.name, line.job_id) if line.job_id else (CLUSTERS, ""))
    return Month(month, _row("", "", lines), people, things), lines


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
