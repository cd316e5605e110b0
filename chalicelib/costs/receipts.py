"""What a cluster or a run has cost: an estimate while it is there, and its receipt from EMR's own account of its machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.aws import machine_timelines
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if
from chalicelib.costs import billing, estimates, machines, service
from chalicelib.costs.billing import Machine, Part, Rates
from chalicelib.costs.machines import Market
from chalicelib.costs.models import Price, ReceiptLine
from chalicelib.jobflows.models import JobflowRecord

HOUR = timedelta(hours=1)
FREE = Decimal("0.000000")


@dataclass(frozen=True)
class About:
    """Whose it is and what, for sums: a cluster's name, or a job's with its id."""

    owner: str
    name: str
    emr_release: str
    job_id: str | None = None


@dataclass(frozen=True)
class Cost:
    """US dollars; None where it is not known. It is final once there is a receipt, or nothing was ever launched."""

    amount: Decimal | None
    is_final: bool


def per_hour(instances_of_request: Mapping[str, Any], now: datetime) -> str | None:
    """What an hour of what EMR is asked for costs, as it is stored; None where a price is not known."""
    estimate = estimates.of_machines(machines.of_request(instances_of_request), Decimal(1), now)
    return str(estimate.per_hour.quantize(billing.MICRO)) if estimate.per_hour is not None else None


def cost_of(record: JobflowRecord, now: datetime) -> Cost:
    """What it has cost so far, or in all."""
    if record.receipt:
        return Cost(Decimal(record.receipt["amount"]), is_final=True)
    if not record.started_at:
        return Cost(FREE, is_final=record.is_final)
    return Cost(_estimated(record, now), is_final=False)


def _estimated(record: JobflowRecord, now: datetime) -> Decimal | None:
    """What an hour was said to cost at the launch, for as long as it has lasted; a minute is charged at least."""
    if not record.per_hour or not record.started_at:
        return None
    span = (getattr(record, "finished_at", None) or now) - record.started_at
    return Decimal(record.per_hour) * Decimal(max(span, timedelta(seconds=billing.MINIMUM)) / HOUR)


def settle(record: JobflowRecord, about: About, now: datetime) -> None:
    """Make the receipt of what has ended, once. Where EMR does not answer or a price is not known there is none, and the cost stays
    an estimate."""
    if record.receipt is not None or not record.jobflow_id:
        return
    try:
        every = _machines(record.jobflow_id, now)
    except Unavailable:
        logger.warning("receipt_left_out", extra={"record": record.id, "reason": "EMR does not answer"})
        return
    prices = service.read(machine.type for machine in every)
    parts, missing = billing.bill(every, lambda name, market: _rates(prices, name, market, now))
    if missing or not parts:
        logger.warning("receipt_left_out", extra={"record": record.id, "reason": f"no price of {missing}"})
        return
    amount, months = str(billing.whole(parts)), sorted({part.month for part in parts})
    lines = [_line(record.id, about, month, [part for part in parts if part.month == month], now) for month in months]
    if (estimated := _estimated(record, now)) is not None:
        lines[-1].estimated, lines[-1].receipt_amount = str(estimated.quantize(billing.MICRO)), amount
    for line in lines:
        line.owner_groups = record.owner_groups
        line.save()
    kind: Any = type(record)
    receipt = {
        "amount": amount,
        "priced_at": _priced_at(prices),
        "parts": [_as_json(part) for part in parts],
    }
    update_if(record, kind.receipt.does_not_exist(), [kind.receipt.set(receipt)])


def _machines(jobflow_id: str, now: datetime) -> list[Machine]:
    return [
        Machine(one.role, one.type, Market(one.market), one.started, one.ended or now, one.failed)
        for one in machine_timelines.of_jobflow(jobflow_id)
    ]


def _rates(prices: Mapping[str, Price], name: str, market: Market, now: datetime) -> Rates | None:
    price, volume = prices.get(name), prices.get(service.VOLUME)
    hour = service.hour_of(price, market, now)
    if hour is None or price is None or not price.emr or not volume or not volume.gb_month:
        return None
    return Rates(hour - Decimal(price.emr), Decimal(price.emr), Decimal(volume.gb_month))


def _line(record_id: str, about: About, month: str, parts: Sequence[Part], now: datetime) -> ReceiptLine:
    return ReceiptLine(
        month,
        record_id,
        owner_month=f"{about.owner}#{month}",
        **asdict(about),
        seconds=sum(part.seconds for part in parts),
        ec2=str(sum((part.ec2 for part in parts), Decimal())),
        emr=str(sum((part.emr for part in parts), Decimal())),
        ebs=str(sum((part.ebs for part in parts), Decimal())),
        ended_at=now,
    )


def _as_json(part: Part) -> dict[str, Any]:
    amounts = {name: str(getattr(part, name)) for name in ("ec2", "emr", "ebs", "amount")}
    return {
        "month": part.month,
        "role": part.role,
        "type": part.type,
        "market": str(part.market),
        "seconds": part.seconds,
    } | amounts


def _priced_at(prices: Mapping[str, Price]) -> str | None:
    oldest = min((price.listed_at for price in prices.values() if price.listed_at), default=None)
    return clock.text(oldest) if oldest else None
