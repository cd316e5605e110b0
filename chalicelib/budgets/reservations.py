"""What each budget has been drawn on. Whatever is launched reserves what it may cost at most in its own transaction, so that of any
number of launches at once no more pass than fit; at its end the reservation is settled (chalicelib/budgets/settling.py).

A transaction that was rejected because of a budget's numbers is decided again: read the budgets anew, and `refuse`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.budgets import policy, rules
from chalicelib.budgets.models import BudgetScope, Spending
from chalicelib.budgets.rules import Balance, Budget, Policy
from chalicelib.core.errors import BudgetReached
from chalicelib.core.tables import Key, find
from chalicelib.costs import estimates
from chalicelib.costs.estimates import Estimate
from chalicelib.identity.models import User


@dataclass(frozen=True)
class Account:
    """A month's budget and what has been drawn on it, as it was read; `spending` is None while nothing has."""

    key: str
    budget: Budget
    spending: Spending | None

    @property
    def committed(self) -> int:
        return int(self.spending.committed) if self.spending else 0

    @property
    def balance(self) -> Balance:
        return rules.balance(self.budget, self.committed, int(self.spending.ended) if self.spending else 0)


@dataclass(frozen=True)
class Funds:
    """The budgets that a launch draws on, and how many millionths of a dollar it may cost at most: 0 while no price is known."""

    month: str
    amount: int
    accounts: tuple[Account, ...]
    is_priced: bool = True

    def refuse(self) -> None:
        """
        Raises:
            BudgetReached: this does not fit.
        """
        for one in self.accounts:
            if not rules.fits(one.budget, one.committed, self.amount):
                raise BudgetReached(rules.refusal(one.key, one.budget, one.committed, self.amount), one.key)

    @property
    def reservation(self) -> dict[str, Any] | None:
        """What the record keeps, so that its end can be settled; None where nothing is drawn on."""
        keys = [one.key for one in self.accounts]
        unpriced = {} if self.is_priced else {"unpriced": True}
        return {"month": self.month, "micros": self.amount, "budgets": keys} | unpriced if keys else None

    def added_to(self, held: Mapping[str, Any]) -> dict[str, Any]:
        """What the record of an extended cluster keeps that held this."""
        unpriced = {} if self.is_priced else {"unpriced": True}
        return {**held, "micros": int(held["micros"]) + self.amount, **unpriced}

    def reserve(self, write: TransactWrite, now: datetime) -> None:
        """Add to a transaction that so much more is drawn on each, on condition that it fits at that moment."""
        for one in self.accounts:
            room = Spending.committed <= one.budget.most - self.amount
            room &= Spending.committed < one.budget.most
            write.update(
                Spending(f"{self.month}/{one.key}"),
                actions=[Spending.committed.add(self.amount), Spending.version.add(1), Spending.changed_at.set(now)],
                condition=Spending.id.does_not_exist() if one.spending is None else room,
            )


def of_launch(owner: str, job_id: str | None, size: int, hours: int, now: datetime) -> Funds:
    """The budgets that a launch draws on, with what so many workers cost for so many hours. Where a price is not known nothing can
    be reserved, and it counts when that is known: `unreserved` says so."""
    return _of(applying(owner, job_id), size, hours, now)


def unreserved(owner: str, job_id: str | None, estimate: Estimate) -> str:
    """In words, that a launch with this estimate would reserve nothing, as it has no price; "" where that is no matter."""
    return rules.unreserved(applying(owner, job_id)) if estimate.total is None else ""


def applying(owner: str, job_id: str | None = None) -> dict[str, Budget]:
    """The budgets that what somebody launches draws on; with the groups that they had when they were last seen."""
    decided = policy.read()[0]
    user = find(User, owner) if decided.groups else None
    return rules.applying(decided, owner, job_id, user.all_groups if user else ())


def _of(budgets: Mapping[str, Budget], size: int, hours: int, now: datetime) -> Funds:
    month = rules.month_of(now)
    if not budgets:
        return Funds(month, 0, ())
    cost = estimates.of_cluster(size, hours, now).total
    return _funds(month, cost, budgets)


def _funds(month: str, cost: Decimal | None, budgets: Mapping[str, Budget]) -> Funds:
    amount = rules.micros(cost) if cost is not None else 0
    return Funds(month, amount, tuple(read(budgets, month)), is_priced=cost is not None)


def of_extension(reservation: Mapping[str, Any] | None, estimate: Callable[[], Estimate], now: datetime) -> Funds:
    """The budgets that a cluster draws on already, where it is to go on for what costs so much: asked for where that matters."""
    month = (reservation or {}).get("month", rules.month_of(now))
    budgets = _drawn_on(reservation)
    return _funds(month, estimate().total, budgets) if budgets else Funds(month, 0, ())


def unreserved_extension(reservation: Mapping[str, Any] | None, estimate: Estimate) -> str:
    """The same as `unreserved`, of an extension of what has this reservation."""
    return rules.unreserved(_drawn_on(reservation)) if estimate.total is None else ""


def _drawn_on(reservation: Mapping[str, Any] | None) -> dict[str, Budget]:
    """The budgets that what has this reservation draws on, as far as there still are such."""
    names = (reservation or {}).get("budgets", [])
    decided = policy.read()[0] if names else Policy()
    return {key: budget for key in names if (budget := budget_of(decided, key))}


def budget_of(decided: Policy, key: str) -> Budget | None:
    """The budget of this key, if there is one."""
    scope, name = rules.scope_of(key)
    owner = name if scope == BudgetScope.PERSON else ""
    job_id = name if scope == BudgetScope.JOB else None
    return rules.applying(decided, owner, job_id, [name] if scope == BudgetScope.GROUP else []).get(key)


def keys(budgets: Iterable[str], month: str) -> list[Key]:
    """The records that `read` reads, for pages that read several in one call."""
    return [(Spending, f"{month}/{key}") for key in budgets]


def read(budgets: Mapping[str, Budget], month: str) -> list[Account]:
    """What has been drawn on these budgets."""
    return [Account(key, budget, find(Spending, f"{month}/{key}")) for key, budget in budgets.items()]
