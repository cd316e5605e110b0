"""The end of a cluster or run: what it reserved becomes what it has cost, which counts in the sums of its owner and job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.budgets import amounts, rules
from chalicelib.budgets.models import BudgetScope, Spending
from chalicelib.core.errors import Unavailable
from chalicelib.core.tables import as_read, transaction, was_overtaken
from chalicelib.costs import receipts
from chalicelib.jobflows.models import JobflowRecord

MAX_ATTEMPTS = 10
"""How often others may change the budgets under us before the state machine's next attempt settles."""


def settle(record: JobflowRecord, now: datetime) -> None:
    """What the record has reserved becomes what it has cost, and its receipt counts in the sums of its owner and job, once: nothing
    where nothing was launched. Its receipt comes first.

    Raises:
        Unavailable: others change the same sums all the time; nothing was written.
    """
    kind: Any = type(record)
    for _ in range(MAX_ATTEMPTS):
        held = record.reservation
        if record.settled or not (held or record.receipt):
            return
        unsettled = as_read(kind.reservation, held) & kind.settled.does_not_exist()
        try:
            with transaction() as write:
                write.update(
                    kind(record.id), actions=[kind.reservation.remove(), kind.settled.set(True)], condition=unsettled
                )
                for spending_id, (committed, ended) in _differences(record, now).items():
                    actions: list[Action] = [
                        Spending.committed.add(committed),
                        Spending.ended.add(ended),
                        Spending.version.add(1),
                        Spending.changed_at.set(now),
                    ]
                    write.update(Spending(spending_id), actions=actions)
        except TransactWriteError as error:
            if not was_overtaken(error):
                raise
        record.refresh(consistent_read=True)
    if not record.settled:
        raise Unavailable("Others keep changing the budgets.")


def _differences(record: JobflowRecord, now: datetime) -> dict[str, tuple[int, int]]:
    """What its end changes: of each budget what is committed, and of its owner and job what has ended."""
    held, job_id = record.reservation, getattr(record, "job_id", None)
    sums = [rules.key_of(BudgetScope.PERSON, record.owner)]
    sums += [rules.key_of(BudgetScope.JOB, job_id)] if job_id else []
    changes = {f"{month}/{key}": (0, cost) for month, cost in _by_month(record).items() for key in sums}
    if held:
        difference = _cost(record, held, now) - int(held["micros"])
        for spending_id in (f"{held['month']}/{key}" for key in held["budgets"]):
            changes[spending_id] = (difference, changes.get(spending_id, (0, 0))[1])
    return changes


def _by_month(record: JobflowRecord) -> dict[str, int]:
    """What its receipt says of each month."""
    parts = record.receipt["parts"] if record.receipt else []
    months = {part["month"] for part in parts}
    return {month: amounts.micros(_sum(parts, month)) for month in sorted(months)}


def _sum(parts: Iterable[Mapping[str, Any]], month: str) -> Decimal:
    """What these parts of a receipt cost in a month."""
    return sum((Decimal(part["amount"]) for part in parts if part["month"] == month), Decimal())


def _cost(record: JobflowRecord, held: Mapping[str, Any], now: datetime) -> int:
    """What it has cost in the month of its reservation; all that was reserved where nobody knows."""
    if record.receipt:
        return amounts.micros(_sum(record.receipt["parts"], held["month"]))
    cost = receipts.cost_of(record, now).amount
    return amounts.micros(cost) if cost is not None else int(held["micros"])
