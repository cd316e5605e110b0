"""Which budgets something draws on, and whether it fits into them. Pure: nothing here reads a clock or calls AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chalicelib.budgets.amounts import MILLION, micros
from chalicelib.budgets.caps import Cap, is_higher
from chalicelib.budgets.models import BudgetEvent, BudgetScope
from chalicelib.core.text import dollars

HOUR = timedelta(hours=1)
SITE = str(BudgetScope.SITE)
MAX_GROUPS = 50
"""How many groups may have budgets: a launch draws on those of all its owner's groups in one transaction, of 100 items at most."""


@dataclass(frozen=True)
class Budget:
    """US dollars a month, UTC's, as a decimal text. At `tell_at` percent those are told whom it is about, at `refuse_at` percent
    new work is refused. What runs is left to finish, or where the budget is `hard` ended once the whole of it has been spent."""

    amount: str
    tell_at: int = 80
    refuse_at: int = 100
    hard: bool = False

    @property
    def micros(self) -> int:
        return micros(Decimal(self.amount))

    @property
    def most(self) -> int:
        """Up to how many millionths of a dollar new work is accepted."""
        return self.micros * self.refuse_at // 100


@dataclass(frozen=True)
class Policy:
    """What admins have decided: for the whole site; for every person who has no own; for groups, all of whose members draw on the
    same; for single people, and jobs by their id. Beside that what a single cluster or run may cost, whoever it belongs to."""

    site: Budget | None = None
    everybody: Budget | None = None
    people: Mapping[str, Budget] = field(default_factory=dict)
    jobs: Mapping[str, Budget] = field(default_factory=dict)
    groups: Mapping[str, Budget] = field(default_factory=dict)
    cluster: Cap | None = None
    run: Cap | None = None


def month_of(moment: datetime) -> str:
    """The month that a moment is in, such as "2026-11", in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def key_of(scope: str, name: str) -> str:
    """What a budget is called among all: "site", "group/astro", "person/alice", "job/j-..."."""
    return SITE if scope == BudgetScope.SITE else f"{scope}/{name}"


def scope_of(key: str) -> tuple[str, str]:
    """What a budget is for, and its name."""
    scope, _, name = key.partition("/")
    return scope, name


def applying(policy: Policy, owner: str, job_id: str | None, groups: Iterable[str] = ()) -> dict[str, Budget]:
    """The budgets that what somebody in these groups launches draws on, by their key."""
    every = {
        SITE: policy.site,
        key_of(BudgetScope.PERSON, owner): policy.people.get(owner, policy.everybody),
        key_of(BudgetScope.JOB, job_id or ""): policy.jobs.get(job_id or ""),
    } | {key_of(BudgetScope.GROUP, name): policy.groups.get(name) for name in groups}
    return {key: budget for key, budget in every.items() if budget}


def fits(budget: Budget, committed: int, more: int) -> bool:
    """Whether so much more may be drawn on a budget. What costs nothing known does not fit either once all of it is drawn on."""
    return committed + more <= budget.most and committed < budget.most


def percent(budget: Budget, drawn: int) -> int:
    """How much of a budget is drawn on, in whole percent."""
    return 100 * drawn // budget.micros if budget.micros else 100


def title(key: str) -> str:
    """A budget in words, such as "The month's budget of alice"."""
    return f"The month's budget of {_subject(key)}"


def _subject(key: str) -> str:
    scope, name = scope_of(key)
    named = {BudgetScope.SITE: "the whole site", BudgetScope.GROUP: f"group {name}", BudgetScope.JOB: f"job {name}"}
    return named.get(BudgetScope(scope), name)


def refusal(key: str, budget: Budget, committed: int, more: int) -> str:
    """Why something is not launched, and who can help."""
    drawn, left = Decimal(committed) / MILLION, Decimal(max(0, budget.most - committed)) / MILLION
    part = f" New work is refused from {budget.refuse_at} % on." if budget.refuse_at != 100 else ""
    used = f"{dollars(drawn)} ({percent(budget, committed)} %) are spent or reserved"
    return (
        f"{title(key)} is {dollars(Decimal(budget.amount))}, of which {used}; this may cost {dollars(Decimal(more) / MILLION)}, "
        f"and {dollars(left)} are left.{part} An administrator can raise it."
    )


def unreserved(keys: Iterable[str]) -> str:
    """That a launch reserves nothing of these budgets, as its price is not known; "" where there are none."""
    every = list(keys)
    if not every:
        return ""
    return (
        f"No price is known, so nothing is reserved of the month's {_in_words(every)}. "
        "This is not refused for what it may cost; its cost counts as soon as that is known."
    )


def unreserved_by(reservation: Mapping[str, Any] | None) -> str:
    """The same of what has been launched, or of a part such as an extension, by what its record says; "" once it is settled."""
    if not reservation:
        return ""
    if not int(reservation["micros"]):
        return unreserved(reservation["budgets"])
    if not reservation.get("unpriced"):
        return ""
    return (
        f"A part of what it may cost is not reserved of the month's {_in_words(reservation['budgets'])}, as its price was not "
        "known. Its cost counts as soon as that is."
    )


def _in_words(keys: Iterable[str]) -> str:
    """Such as "budgets of alice and the whole site"; there is one at least."""
    *others, last = [_subject(key) for key in sorted(keys)]
    return f"budgets of {', '.join(others)} and {last}" if others else f"budget of {last}"


def cost_so_far(per_hour: str | None, started_at: datetime | None, now: datetime) -> int:
    """What has been running since then has cost this month so far; nothing where that is not known."""
    if not per_hour or not started_at:
        return 0
    begin = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return micros(Decimal(per_hour) * Decimal(max(timedelta(), now - max(started_at, begin)) / HOUR))


def overspent(budget: Budget, spent: int) -> bool:
    """Whether what runs is to be ended now that so much is really spent."""
    return budget.hard and spent >= budget.micros


def notice(event: BudgetEvent, budget: Budget) -> str:
    """What is told once: an event at an amount and a percentage. A budget that is given another one is told of anew."""
    at = {BudgetEvent.TOLD: budget.tell_at, BudgetEvent.USED: budget.refuse_at}.get(event, 100)
    return f"{event} {at}% of {budget.micros}"


def raised(before: Policy, after: Policy) -> bool:
    """Whether a change lets anybody spend more than before."""
    pairs: list[tuple[Budget | None, Budget | None]] = [(before.site, after.site), (before.everybody, after.everybody)]
    pairs += [
        (before.people.get(name, before.everybody), after.people.get(name, after.everybody))
        for name in {*before.people, *after.people}
    ]
    pairs += [(before.groups.get(name), after.groups.get(name)) for name in {*before.groups, *after.groups}]
    pairs += [(before.jobs.get(name), after.jobs.get(name)) for name in {*before.jobs, *after.jobs}]
    caps = [(before.cluster, after.cluster), (before.run, after.run)]
    return any(_is_more(old, new) for old, new in pairs) or any(is_higher(old, new) for old, new in caps)


def _is_more(old: Budget | None, new: Budget | None) -> bool:
    if old is None:
        return False
    return new is None or new.most > old.most or (old.hard and (not new.hard or new.micros > old.micros))


@dataclass(frozen=True)
class Balance:
    """A month's budget in US dollars: what has ended has cost, what is reserved for what is there, and what is left of it."""

    amount: Decimal
    used: Decimal
    reserved: Decimal
    left: Decimal


def balance(budget: Budget, committed: int, ended: int) -> Balance:
    """What has ended counts at once, also before the sweep has told a new budget of it."""
    drawn = max(committed, ended)
    return Balance(
        total([budget.micros]), total([ended]), total([drawn - ended]), total([max(0, budget.micros - drawn)])
    )


def total(amounts: Iterable[int]) -> Decimal:
    """Millionths together, in dollars."""
    return Decimal(sum(amounts)) / MILLION
