"""What is saved by machines on spot. Pure: nothing here reads a clock or calls AWS. Every amount is an estimate in US dollars:
spot prices move while a cluster runs, and differ by zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

HOUR = timedelta(hours=1)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Machines:
    """So many machines of one type on spot, and what one costs an hour, EMR's charge included."""

    type: str
    count: int
    on_demand: Decimal
    paid: Decimal


@dataclass(frozen=True)
class Saving:
    """What machines cost, against the same ones on demand, to the cent; and by how many percent that is less.

    `instance_hours` are real hours of machines, not normalized ones.
    """

    instance_hours: Decimal
    on_demand: Decimal
    paid: Decimal
    percent: int

    @property
    def saved(self) -> Decimal:
        """Below zero when spot is dearer than on demand, which EC2 does not rule out."""
        return self.on_demand - self.paid


def saving(machines: Iterable[Machines], since: datetime, until: datetime) -> Saving:
    """What these machines saved between two moments, billed by the second; nothing when no time has passed."""
    hours = Decimal(max(timedelta(), until - since) / HOUR)
    machine_list = list(machines)
    on_demand = sum((one.count * one.on_demand for one in machine_list), Decimal())
    paid = sum((one.count * one.paid for one in machine_list), Decimal())
    return Saving(
        instance_hours=(hours * sum(one.count for one in machine_list)).quantize(CENT),
        on_demand=(hours * on_demand).quantize(CENT),
        paid=(hours * paid).quantize(CENT),
        percent=percent(on_demand, paid),
    )


def percent(on_demand: Decimal, paid: Decimal) -> int:
    """By how much less is paid than on demand; below zero when it is more."""
    return round(100 * (on_demand - paid) / on_demand) if on_demand else 0


@dataclass(frozen=True)
class Offer:
    """What spot promises a worker an hour at present, over all types that a fleet may take: from the best to the worst."""

    on_demand: tuple[Decimal, Decimal]
    paid: tuple[Decimal, Decimal]
    percent: tuple[int, int]


def offer(each: Iterable[tuple[Decimal, Decimal]]) -> Offer | None:
    """The offer of types by their hourly price on demand and on spot; None when no type has both."""
    prices = list(each)
    if not prices:
        return None
    return Offer(
        on_demand=_span(on_demand for on_demand, _ in prices),
        paid=_span(paid for _, paid in prices),
        percent=_span(percent(on_demand, paid) for on_demand, paid in prices),
    )


_T = TypeVar("_T", Decimal, int)


def _span(values: Iterable[_T]) -> tuple[_T, _T]:
    ordered = sorted(values)
    return ordered[0], ordered[-1]
