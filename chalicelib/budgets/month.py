"""The month so far of a person or a job, from two records that pages read along with others: what was decided about budgets, and
what was summed up as clusters and runs ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from chalicelib.budgets import policy, reservations, rules
from chalicelib.budgets.models import Spending
from chalicelib.budgets.reservations import Account
from chalicelib.core.tables import Key, find
from chalicelib.costs import forecast


@dataclass(frozen=True)
class MonthSoFar:
    """A month such as "2026-11" in UTC: US dollars of what has ended in it, at that pace by its end (None in its first day), and
    the budget, if there is one."""

    month: str
    ended: Decimal
    by_its_end: Decimal | None
    account: Account | None


def keys(key: str, now: datetime) -> list[Key]:
    """The records that `so_far` reads, for a budget's key such as "person/alice"."""
    return [policy.KEY, (Spending, f"{rules.month_of(now)}/{key}")]


def so_far(key: str, now: datetime) -> MonthSoFar:
    """The month of whom or what this key is about."""
    month = rules.month_of(now)
    spending, budget = find(Spending, f"{month}/{key}"), reservations.budget_of(policy.read()[0], key)
    ended = rules.total([int(spending.ended)]) if spending else Decimal()
    account = Account(key, budget, spending) if budget else None
    return MonthSoFar(month, ended, forecast.by_month_end(ended, now), account)
