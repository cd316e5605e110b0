"""How near the estimates of a month came to its receipts. Pure.

Compared are the whole of a receipt and what an hour was said to cost at the launch, for as long as it lasted: how long people and
notebooks take is not the price's fault.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chalicelib.costs.models import ReceiptLine

NEAR = 10
"""Percent of a receipt within which an estimate is called near. The median should be."""
FURTHEST = 3
"""How many of those that were furthest off are named."""
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Compared:
    """One cluster or run: US dollars, and by how much percent of the receipt the estimate was above it (or below: negative)."""

    id: str
    name: str
    job_id: str | None
    estimated: Decimal
    amount: Decimal

    @property
    def percent(self) -> Decimal:
        return ((self.estimated - self.amount) * 100 / self.amount).quantize(TENTH)


@dataclass(frozen=True)
class Accuracy:
    """Of so many that have ended: the median of how far estimates were off, in percent of the receipt, either way; how many were
    near; and those that were furthest off."""

    count: int
    median_percent: Decimal
    near: int
    furthest: Sequence[Compared]


def of_lines(lines: Iterable[ReceiptLine], *, of_runs: bool) -> Accuracy | None:
    """That of runs, or of clusters; None where nothing can be compared."""
    compared = [one for line in lines if (line.job_id is not None) == of_runs and (one := _compared(line))]
    if not compared:
        return None
    off = sorted(abs(one.percent) for one in compared)
    furthest = sorted(compared, key=lambda one: (-abs(one.percent), one.id))[:FURTHEST]
    near = sum(each <= NEAR for each in off)
    middle = (off[(len(off) - 1) // 2] + off[len(off) // 2]) / 2
    return Accuracy(len(compared), middle.quantize(TENTH), near, furthest)


def _compared(line: ReceiptLine) -> Compared | None:
    if not line.estimated or not line.receipt_amount or not Decimal(line.receipt_amount):
        return None
    return Compared(line.record_id, line.name, line.job_id, Decimal(line.estimated), Decimal(line.receipt_amount))
