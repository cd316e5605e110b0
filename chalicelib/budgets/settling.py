"""The end of a reservation: it becomes what the cluster or run has cost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.budgets import rules
from chalicelib.budgets.models import Spending
from chalicelib.core.errors import Unavailable
from chalicelib.core.tables import transaction, was_overtaken
from chalicelib.costs import receipts
from chalicelib.jobflows.models import JobflowRecord

MAX_ATTEMPTS = 10
"""How often others may change the budgets under us before the state machine's next attempt settles."""


def settle(record: JobflowRecord, now: datetime) -> None:
    """What the record has reserved becomes what it has cost, once: nothing where nothing was launched. Its receipt comes first.

    Raises:
        Unavailable: others change the budgets all the time; nothing was written.
    """
    kind: Any = type(record)
    for _ in range(MAX_ATTEMPTS):
        held = record.reservation
        if not held:
            return
        difference = _cost(record, held, now) - int(held["micros"])
        try:
            with transaction() as write:
                write.update(kind(record.id), actions=[kind.reservation.remove()], condition=kind.reservation == held)
                for key in held["budgets"]:
                    actions: list[Action] = [
                        Spending.committed.add(difference),
                        Spending.version.add(1),
                        Spending.changed_at.set(now),
                    ]
                    write.update(Spending(f"{held['month']}/{key}"), actions=actions)
        except TransactWriteError as error:
            if not was_overtaken(error):
                raise
        record.refresh(consistent_read=True)
    if record.reservation:
        raise Unavailable("Others keep changing the budgets.")


def _cost(record: JobflowRecord, held: Mapping[str, Any], now: datetime) -> int:
    """What it has cost in the month of its reservation; all that was reserved where nobody knows."""
    if record.receipt:
        parts = [Decimal(part["amount"]) for part in record.receipt["parts"] if part["month"] == held["month"]]
        return rules.micros(sum(parts, Decimal()))
    cost = receipts.cost_of(record, now).amount
    return rules.micros(cost) if cost is not None else int(held["micros"])
