"""What machines have cost, by how long each was there. Pure: nothing here reads a clock or calls AWS.

EC2 on Linux, EMR and EBS bill by the second, with a minimum of one minute: https://aws.amazon.com/ec2/pricing/on-demand/,
https://aws.amazon.com/emr/pricing/. Spot machines that EC2 takes back within their first hour cost nothing but EMR's charge and
their storage: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-for-interrupted-spot-instances.html. A second of storage
is that part of its month: https://aws.amazon.com/ebs/pricing/. Months are UTC's, as AWS bills.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chalicelib.costs.machines import Market, storage_gib

MINIMUM = 60
"""Seconds that are billed at least."""
FREE_WHEN_RECLAIMED = 3600
"""Seconds within which a spot machine that EC2 takes back costs nothing at EC2."""
HOUR = Decimal(3600)
MICRO = Decimal("0.000001")


@dataclass(frozen=True)
class Machine:
    """One machine as EMR tells of it: from its launch to its end, and whether EC2 took it back."""

    role: str
    type: str
    market: Market
    started: datetime
    ended: datetime
    was_reclaimed: bool = False


@dataclass(frozen=True)
class Rates:
    """US dollars: what EC2 and EMR charge for an hour of one machine, and EBS for a gigabyte and month."""

    ec2: Decimal
    emr: Decimal
    gb_month: Decimal


@dataclass(frozen=True)
class Part:
    """What the machines of one role, type and market have cost in one month, such as "2026-11": each amount in millionths of a
    dollar, so that parts add up to the whole exactly. `seconds` are those that were billed, of all machines together."""

    month: str
    role: str
    type: str
    market: Market
    seconds: int
    ec2: Decimal
    emr: Decimal
    ebs: Decimal

    @property
    def amount(self) -> Decimal:
        return self.ec2 + self.emr + self.ebs


def bill(machines: Iterable[Machine], rates: Callable[[str, Market], Rates | None]) -> tuple[list[Part], list[str]]:
    """The parts of a bill, and the types of which no price is known, for which there is no bill."""
    parts: dict[tuple[str, str, str, Market], Part] = {}
    missing: dict[str, None] = {}
    for machine in machines:
        rate = rates(machine.type, machine.market)
        if rate is None:
            missing[f"{machine.type} {machine.market}"] = None
            continue
        for month, seconds in by_month(machine.started, billed_seconds(machine)):
            key = (month, machine.role, machine.type, machine.market)
            parts[key] = _sum(parts.get(key), _part(key, seconds, machine, rate))
    every = sorted(parts.values(), key=lambda part: (part.month, part.role, part.type, part.market))
    return ([] if missing else [_rounded(part) for part in every]), list(missing)


def billed_seconds(machine: Machine) -> int:
    """From the launch to the end, a begun second counted whole, a minute at least."""
    span = machine.ended.astimezone(UTC) - machine.started.astimezone(UTC)
    return max(MINIMUM, -(-span // timedelta(seconds=1)))


def by_month(started: datetime, seconds: int) -> Iterator[tuple[str, int]]:
    """These seconds from a moment on, by the months that they fall into; a second belongs to the month in which it begins."""
    moment, left = started.astimezone(UTC), seconds
    while left > 0:
        first = moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        next_month = first + timedelta(days=_days(moment))
        until_then = -(-(next_month - moment) // timedelta(seconds=1))
        within = min(left, until_then)
        yield f"{moment:%Y-%m}", within
        moment, left = moment + timedelta(seconds=within), left - within


def _days(moment: datetime) -> int:
    return monthrange(moment.year, moment.month)[1]


def _part(key: tuple[str, str, str, Market], seconds: int, machine: Machine, rate: Rates) -> Part:
    month, hours = key[0], Decimal(seconds) / HOUR
    days = monthrange(int(month[:4]), int(month[5:]))[1]
    ec2 = Decimal() if _is_free(machine) else rate.ec2 * hours
    ebs = rate.gb_month * storage_gib(machine.type) * seconds / (86_400 * days)
    return Part(*key, seconds, ec2, rate.emr * hours, ebs)


def _is_free(machine: Machine) -> bool:
    is_short = billed_seconds(machine) < FREE_WHEN_RECLAIMED
    return machine.was_reclaimed and machine.market == Market.SPOT and is_short


def _sum(one: Part | None, other: Part) -> Part:
    if one is None:
        return other
    return Part(
        one.month, one.role, one.type, one.market, one.seconds + other.seconds,
        one.ec2 + other.ec2, one.emr + other.emr, one.ebs + other.ebs,
    )  # fmt: skip


def _rounded(part: Part) -> Part:
    ec2, emr, ebs = (amount.quantize(MICRO) for amount in (part.ec2, part.emr, part.ebs))
    return Part(part.month, part.role, part.type, part.market, part.seconds, ec2, emr, ebs)


def whole(parts: Iterable[Part]) -> Decimal:
    """What all parts come to."""
    return sum((part.amount for part in parts), Decimal())
