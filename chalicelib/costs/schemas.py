"""How the API represents prices."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from chalicelib.core import clock
from chalicelib.core.schemas import AMOUNT, TEXT, TIME, TRUTH, WHOLE, Record, many, maybe
from chalicelib.costs.accuracy import Accuracy, Compared
from chalicelib.costs.estimates import Estimate
from chalicelib.costs.models import Price
from chalicelib.costs.receipts import Cost
from chalicelib.costs.sums import Month, Row

CURRENCY = "USD"
MICRO = Decimal("0.000001")
"""To what the API's amounts are rounded; pages round to the cent."""

PRICE = Record(
    "Price", Price, "instance_type", "listed_at", "spot_at", currency=TEXT, is_estimate=TRUTH, on_demand=AMOUNT, spot=AMOUNT
)  # fmt: skip


def price_record(price: Price) -> dict[str, Any]:
    """What an hour of one machine costs, US dollars as texts, EMR's charge included."""
    amounts = {"on_demand": str(price.hour_on_demand), "spot": str(price.hour_on_spot)}
    return PRICE.of(price, currency="USD", is_estimate=True, **amounts)


ESTIMATE = Record(
    "Estimate",
    per_hour=maybe(AMOUNT), total=maybe(AMOUNT), currency=TEXT, priced_at=maybe(TIME), basis=TEXT,
).with_optional(
    "Estimate", per_month=AMOUNT, usual=AMOUNT, on_demand=AMOUNT, runs=WHOLE, unreserved=TEXT, too_dear=TEXT,
)  # fmt: skip


def estimate_record(estimate: Estimate, unreserved: str = "", too_dear: str = "") -> dict[str, Any]:
    """An estimate as the API gives it: null where no price is known, and without what does not apply. `unreserved` says that
    budgets do not know of it, `too_dear` that it would be refused because it is more than a single one may cost."""
    optional: dict[str, Any] = {
        name: amount_text(amount)
        for name in ("usual", "per_month", "on_demand")
        if (amount := getattr(estimate, name)) is not None
    }
    if estimate.runs is not None:
        optional["runs"] = estimate.runs
    optional |= {name: text for name, text in {"unreserved": unreserved, "too_dear": too_dear}.items() if text}
    return ESTIMATE.of(
        per_hour=amount_text(estimate.per_hour),
        total=amount_text(estimate.total),
        currency=CURRENCY,
        priced_at=clock.text(estimate.priced_at) if estimate.priced_at else None,
        basis=estimate.basis,
        **optional,
    )


COST = Record("Cost", amount=maybe(AMOUNT), currency=TEXT, final=TRUTH)


def cost_record(cost: Cost) -> dict[str, Any]:
    """What a cluster or a run has cost as the API gives it: null where it is not known; not `final` is an estimate so far."""
    return COST.of(amount=amount_text(cost.amount), currency=CURRENCY, final=cost.is_final)


SUM = Record("CostSum", count=WHOLE, ec2=AMOUNT, emr=AMOUNT, ebs=AMOUNT, amount=AMOUNT)
NAMED_SUM = SUM.plus("NamedCostSum", name=TEXT, id=TEXT)
COMPARED = Record("Compared", Compared, "id", "name", "job_id", estimated=AMOUNT, amount=AMOUNT, percent=AMOUNT)
ACCURACY = Record("Accuracy", Accuracy, "count", "near", median_percent=AMOUNT, furthest=many(COMPARED))
ESTIMATES = Record("Estimates", clusters=maybe(ACCURACY), runs=maybe(ACCURACY))
MONTH = Record(
    "MonthCosts", month=TEXT, currency=TEXT, total=SUM, estimates=maybe(ESTIMATES),
    people=many(NAMED_SUM), groups=many(NAMED_SUM), jobs=many(NAMED_SUM), releases=many(NAMED_SUM),
)  # fmt: skip


def month_record(month: Month) -> dict[str, Any]:
    """What a month has cost as the API gives it. Among `jobs`, all clusters are one entry without an id; among `groups`,
    people in no group are. `estimates` say how near those of what has ended came to its receipts, in percent of these.
    One's own month has no `groups` and no `estimates`."""
    return MONTH.of(
        month=month.month,
        currency=CURRENCY,
        total=SUM.of(**_sum(month.total)),
        people=_named(month.people),
        groups=_named(month.groups),
        jobs=_named(month.things),
        releases=_named(month.releases),
        estimates=_estimates(month) if month.of_clusters or month.of_runs else None,
    )


def _estimates(month: Month) -> dict[str, Any]:
    return ESTIMATES.of(clusters=_accuracy(month.of_clusters), runs=_accuracy(month.of_runs))


def _accuracy(of: Accuracy | None) -> dict[str, Any] | None:
    if of is None:
        return None
    return ACCURACY.of(of, median_percent=str(of.median_percent), furthest=[_compared(one) for one in of.furthest])


def _compared(one: Compared) -> dict[str, Any]:
    amounts = {"estimated": amount_text(one.estimated), "amount": amount_text(one.amount)}
    return COMPARED.of(one, percent=str(one.percent), **amounts)


def _named(rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [NAMED_SUM.of(name=row.name, id=row.id, **_sum(row)) for row in rows]


def _sum(row: Row) -> dict[str, Any]:
    amounts = {name: amount_text(getattr(row, name)) for name in ("ec2", "emr", "ebs", "amount")}
    return {"count": row.count} | amounts


def amount_text(amount: Decimal | None) -> str | None:
    """An amount as the API gives it."""
    return str(amount.quantize(MICRO)) if amount is not None else None
