"""What something will cost, before it is made.

`of_machines` is for whoever has the machines of a request; `of_cluster(size, hours, now)` and `of_runs(size, hours, now, ...)` are
for forms, for the API and for backfills: what one run costs, and what several do. Nothing here asks AWS: prices are those that the
sweep has stored, and where one is missing there is no amount but a sentence that says which.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from chalicelib.core.config import settings
from chalicelib.core.text import day, plural
from chalicelib.costs import machines, service
from chalicelib.costs.machines import WORDS, Machines, Market
from chalicelib.costs.models import Price
from chalicelib.jobflows.instances import instances
from chalicelib.site_settings import service as site_settings


@dataclass(frozen=True)
class Estimate:
    """US dollars: for an hour, and in all, which for a run is at most: its timeout. None where a price is not known.

    `usual` is what the job's earlier runs took, at today's prices; `per_month` what the schedule makes of it in the next thirty
    days, with so many `runs`; `on_demand` the total without spot, where there is spot. `priced_at` is when the oldest of the
    prices was current, `basis` what all of it rests on, in words.
    """

    per_hour: Decimal | None
    total: Decimal | None
    priced_at: datetime | None
    basis: str
    usual: Decimal | None = None
    per_month: Decimal | None = None
    runs: int | None = None
    on_demand: Decimal | None = None


def of_cluster(size: int, hours: int, now: datetime) -> Estimate:
    """What a cluster of so many workers costs that is launched now and ends after so many hours."""
    return of_machines(_machines(size, now), Decimal(hours), now)


def of_runs(
    size: int, hours: int, now: datetime, *, usual_hours: Decimal | None = None, runs: int | None = None
) -> Estimate:
    """What a run costs on so many workers: `total` at most, with its timeout of so many `hours`, and `usual` where it is known how
    long it takes. With `runs`, `per_month` is what so many cost: as many as are due in thirty days, or as a backfill has."""
    one = of_machines(_machines(size, now), Decimal(hours), now)
    usual = one.per_hour * usual_hours if one.per_hour is not None and usual_hours is not None else None
    each = usual if usual is not None else one.total
    all_of_them = each * runs if each is not None and runs is not None else None
    basis = one.basis
    if usual_hours is not None:
        basis += f" Usual is the median of earlier runs, {float(usual_hours):.1f} hours."
    return Estimate(one.per_hour, one.total, one.priced_at, basis, usual, all_of_them, runs, one.on_demand)


def _machines(size: int, now: datetime) -> list[Machines]:
    return machines.of_request(instances(size, settings(), site_settings.current(now)))


def of_machines(every: Sequence[Machines], hours: Decimal, now: datetime) -> Estimate:
    """What these machines cost for so many hours, from when EMR launches them."""
    prices = service.read(name for one in every for name in one.types)
    per_hour, missing = hourly(every, prices, now)
    if missing:
        return Estimate(None, None, None, f"There is no estimate: no current price is known for {', '.join(missing)}.")
    on_demand = None
    if any(one.market == Market.SPOT for one in every):
        without_spot = [Machines(one.role, one.types[:1], Market.ON_DEMAND, one.count) for one in every]
        on_demand = hourly(without_spot, prices, now)[0]
    total = per_hour * hours
    return Estimate(
        per_hour,
        total,
        _priced_at(every, prices),
        _basis(every, prices, now),
        on_demand=on_demand and on_demand * hours,
    )


def hourly(every: Sequence[Machines], prices: Mapping[str, Price], now: datetime) -> tuple[Decimal, list[str]]:
    """What these machines cost an hour, and of what no price is known. Of several types the dearest counts: an estimate should not
    flatter. An hour of storage is so much of this month (https://aws.amazon.com/ebs/pricing/)."""
    total, missing = Decimal(), []
    hours_of_month = 24 * monthrange(now.astimezone(UTC).year, now.astimezone(UTC).month)[1]
    volume = prices.get(service.VOLUME)
    gb_month = Decimal(volume.gb_month) if volume and volume.gb_month else None
    if gb_month is None:
        missing.append(f"EBS {service.VOLUME_TYPE}")
    for one in every:
        each = {name: service.hour_of(prices.get(name), one.market, now) for name in one.types}
        missing += [f"{name} {WORDS[one.market]}" for name, price in each.items() if price is None]
        known = [
            price + (gb_month or Decimal()) * machines.storage_gib(name) / hours_of_month
            for name, price in each.items()
            if price is not None
        ]
        total += one.count * max(known, default=Decimal())
    return total, list(dict.fromkeys(missing))


def _priced_at(every: Sequence[Machines], prices: Mapping[str, Price]) -> datetime | None:
    listed = [prices[name].listed_at for one in every for name in one.types] + [prices[service.VOLUME].listed_at]
    spot = [prices[name].spot_at for one in every if one.market == Market.SPOT for name in one.types]
    return min((moment for moment in [*listed, *spot] if moment), default=None)


def _basis(every: Sequence[Machines], prices: Mapping[str, Price], now: datetime) -> str:
    """Such as: 1 m5.xlarge on demand and 3 m5.xlarge or m5a.xlarge on spot, each with EMR's charge and EBS, ..."""
    what = " and ".join(f"{one.count} {' or '.join(one.types)} {WORDS[one.market]}" for one in every)
    listed = min((price.listed_at for price in prices.values() if price.listed_at), default=None)
    spot = min((prices[name].spot_at for one in every if one.market == Market.SPOT for name in one.types), default=None)
    sentences = [f"{what}, each with EMR's charge and EBS storage."]
    if any(len(one.types) > 1 for one in every):
        sentences.append("Of several types the dearest counts.")
    if listed:
        sentences.append(
            f"Prices by AWS's price list of {day(listed)}{f', on spot by EC2 of {day(spot)}' if spot else ''}."
        )
        if now - listed > service.LISTED_STALE:
            sentences.append(f"The price list has not answered for {plural((now - listed).days, 'day')}.")
    return " ".join(sentences)
