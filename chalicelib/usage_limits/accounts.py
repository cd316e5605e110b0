"""A person's account: what they have of what is limited. Whatever makes or ends something that is counted adds the change to its
own transaction, so that neither is ever there without the other, and of any number of requests at once no more pass than fit.

A transaction that was rejected because of the account's numbers is decided again: read the account anew, and `refuse`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import LimitReached
from chalicelib.core.tables import Key, find
from chalicelib.identity.models import User
from chalicelib.identity.person import Person
from chalicelib.site_settings.models import Setting
from chalicelib.usage_limits import policy, rules
from chalicelib.usage_limits.models import COUNTED, Usage, UsageLimit
from chalicelib.usage_limits.rules import Allowance, Demand, Policy

HOUR = timedelta(hours=1)
ONE_JOB = Demand(jobs=1)


@dataclass(frozen=True)
class Account:
    """What a person may have and has, as it was read."""

    person: str
    allowances: Mapping[str, Allowance]

    def why_not(self, demand: Demand) -> str:
        """Why this does not fit, in a sentence, or ""."""
        limit = rules.reached(self.allowances, demand)
        return (
            rules.refusal(self.person, self.allowances[limit], dict(demand.items())[UsageLimit(limit)]) if limit else ""
        )

    def refuse(self, demand: Demand) -> None:
        """
        Raises:
            LimitReached: this does not fit.
        """
        if limit := rules.reached(self.allowances, demand):
            raise LimitReached(self.why_not(demand), limit)

    def refuse_life(self, life: timedelta) -> None:
        """
        Raises:
            LimitReached: a cluster may not live so long from its launch to its end.
        """
        allowance = self.allowances[UsageLimit.CLUSTER_HOURS]
        if life > allowance.most * HOUR:
            raise LimitReached(rules.refusal(self.person, allowance, -(-life // HOUR)), UsageLimit.CLUSTER_HOURS)

    def refuse_size(self, size: int) -> None:
        """
        Raises:
            LimitReached: a run of so many workers could never begin.
        """
        most = self.allowances[UsageLimit.WORKERS].most
        if size > most:
            raise LimitReached(rules.too_large(self.person, size, most), UsageLimit.WORKERS)

    def reserve(self, write: TransactWrite, demand: Demand, now: datetime) -> None:
        """Add to a transaction that the person has so much more, on condition that it fits at that moment."""
        write.update(Usage(self.person), actions=_changes(demand, now), condition=self.fits(demand))

    def fits(self, demand: Demand) -> Condition:
        """That there is room for this at the moment of the transaction."""
        fits: list[Condition] = [
            getattr(Usage, limit).does_not_exist() | (getattr(Usage, limit) <= self.allowances[limit].most - more)
            for limit, more in demand.items()
        ]
        condition = fits[0]
        for one in fits[1:]:
            condition &= one
        return condition


NOBODY = Account("", {})
"""Where no person is in question."""


def release(write: TransactWrite, person: str, demand: Demand, now: datetime) -> None:
    """Add to a transaction that the person has so much less."""
    write.update(Usage(person), actions=_changes(_negative(demand), now))


def move(
    write: TransactWrite, demand: Demand, before: str, to: str, now: datetime, fits: Condition | None = None
) -> None:
    """Add to a transaction that somebody has from now on what somebody else had; on condition that it fits, where that matters."""
    release(write, before, demand, now)
    write.update(Usage(to), actions=_changes(demand, now), condition=fits)


def room(person: str, demand: Demand, now: datetime) -> Condition:
    """The condition of a transaction that there is room for this on somebody's account.

    Raises:
        LimitReached: there is none now.
    """
    account = of(person, now)
    account.refuse(demand)
    return account.fits(demand)


def _negative(demand: Demand) -> Demand:
    return Demand(**{str(limit): -more for limit, more in demand.items()})


def _changes(demand: Demand, now: datetime) -> list[Action]:
    changes: list[Action] = [getattr(Usage, limit).add(more) for limit, more in demand.items()]
    return [*changes, Usage.version.add(1), Usage.changed_at.set(now)]


def of(person: str, now: datetime) -> Account:
    """The account of somebody, whether they have ever signed in or not; with the groups that they had when they last did."""
    user = find(User, person)
    return of_member(person, user.all_groups if user else (), now)


def of_owner(person: Person, owner: str, now: datetime) -> Account:
    """The account of an owner, for somebody who may be the same; then they need not be read again."""
    return of_member(owner, person.groups, now) if owner == person.username else of(owner, now)


def of_member(person: str, groups: Iterable[str], now: datetime) -> Account:
    """The account of somebody who is in these groups."""
    return by_policy(policy.read()[0], person, groups, now)


def by_policy(decided: Policy, person: str, groups: Iterable[str], now: datetime) -> Account:
    """The same by limits that were read before."""
    usage = find(Usage, person)
    return Account(
        person, rules.allowances(decided, person, groups, numbers(usage), usage.grants if usage else {}, now)
    )


def keys(person: str) -> list[Key]:
    """The records that `of_member` reads, for pages that read several in one call."""
    return [(Setting, policy.NAME), (Usage, person)]


def numbers(usage: Usage | None) -> dict[str, int]:
    """How much is counted, by limit; never less than nothing, as it would be until a recount of what was there before."""
    return {str(limit): max(0, int(getattr(usage, limit))) if usage else 0 for limit in COUNTED}
