"""What each budget has been drawn on. Whatever is launched reserves what it may cost at most in its own transaction, so that of any
number of launches at once no more pass than fit; at its end the reservation is settled (chalicelib/budgets/settling.py).

A transaction that was rejected because of a budget's numbers is decided again: read the budgets anew, and `refuse`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.budgets import amounts, caps, policy, rules
from chalicelib.budgets.caps import Cap, Capped
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
    too_dear: str = ""
    """Why it costs more than a single one may."""
    of: Capped = "cluster"
    groups: list[str] | None = None
    """Those of the owner, where any group has a budget; the record keeps them, as they may be others at its end."""

    def refuse(self) -> None:
        """
        Raises:
            BudgetReached: this does not fit.
        """
        if self.too_dear:
            raise BudgetReached(self.too_dear, self.of)
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
    decided, month = policy.read()[0], rules.month_of(now)
    what: Capped = "run" if job_id else "cluster"
    groups, cap = _groups(decided, owner), getattr(decided, what)
    budgets = rules.applying(decided, owner, job_id, groups or ())
    if not (budgets or cap):
        return Funds(month, 0, (), groups=groups)
    estimated = estimates.of_cluster(size, hours, now)
    funds = _funds(month, estimated.total, budgets)
    return replace(funds, too_dear=_too_dear(what, cap, estimated), of=what, groups=groups)


def unreserved(owner: str, job_id: str | None, estimate: Estimate) -> str:
    """In words, that a launch with this estimate would reserve nothing, as it has no price; "" where that is no matter."""
    return rules.unreserved(applying(owner, job_id)) if estimate.total is None else ""


def refusal_of_one(what: Capped, estimate: Estimate) -> str:
    """Why a cluster or a run with this estimate would be refused whatever budgets have left, or ""."""
    return _too_dear(what, getattr(policy.read()[0], what), estimate)


def _too_dear(what: Capped, cap: Cap | None, estimate: Estimate, before: int = 0) -> str:
    if estimate.total is None:
        return ""
    return caps.too_dear(what, cap, _micros(estimate.total), _micros(estimate.per_hour), before)


def applying(owner: str, job_id: str | None = None) -> dict[str, Budget]:
    """The budgets that what somebody launches draws on; with the groups that they had when they were last seen."""
    return _applying(policy.read()[0], owner, job_id)


def _applying(decided: Policy, owner: str, job_id: str | None) -> dict[str, Budget]:
    return rules.applying(decided, owner, job_id, _groups(decided, owner) or ())


def _groups(decided: Policy, owner: str) -> list[str] | None:
    """The groups that somebody is in now; None where no group has a budget."""
    if not decided.groups:
        return None
    user = find(User, owner)
    return sorted(user.all_groups) if user else []


def _funds(month: str, cost: Decimal | None, budgets: Mapping[str, Budget]) -> Funds:
    return Funds(month, _micros(cost), tuple(read(budgets, month)), is_priced=cost is not None)


def of_extension(
    reservation: Mapping[str, Any] | None, estimate: Callable[[], Estimate], per_life: Callable[[], int], now: datetime
) -> Funds:
    """The budgets that a cluster draws on already, where it is to go on for what costs so much: asked for where that matters.
    `per_life` is what it may cost until its present end, in millionths of a dollar; 0 where that is not known."""
    month = (reservation or {}).get("month", rules.month_of(now))
    decided = policy.read()[0]
    budgets = _drawn_on(decided, reservation)
    if not (budgets or decided.cluster):
        return Funds(month, 0, ())
    estimated = estimate()
    too_dear = _too_dear("cluster", decided.cluster, estimated, per_life()) if decided.cluster else ""
    return replace(_funds(month, estimated.total, budgets), too_dear=too_dear)


def _micros(cost: Decimal | None) -> int:
    return amounts.micros(cost) if cost is not None else 0


def notes_of_extension(reservation: Mapping[str, Any] | None, estimate: Estimate, per_life: int) -> dict[str, str]:
    """The same as `unreserved` and `refusal_of_one`, by these names, of an extension of what has this reservation."""
    decided = policy.read()[0]
    unreserved = rules.unreserved(_drawn_on(decided, reservation)) if estimate.total is None else ""
    return {"unreserved": unreserved, "too_dear": _too_dear("cluster", decided.cluster, estimate, per_life)}


def _drawn_on(decided: Policy, reservation: Mapping[str, Any] | None) -> dict[str, Budget]:
    """The budgets that what has this reservation draws on, as far as there still are such."""
    names = (reservation or {}).get("budgets", [])
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
