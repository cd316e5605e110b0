"""Whom mails about a budget go to, and when: the site's admins, the group, the person, the owner of the job."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets import amounts, policy, rules
from chalicelib.budgets.models import BudgetScope, Spending
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core import clock
from chalicelib.core.tables import find
from chalicelib.costs.models import ReceiptLine
from chalicelib.identity import users
from chalicelib.identity.person import ADMINS
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.ownership import budget_sweep
from localaws.cloud import LocalCloud
from tests.support import people
from tests.support.at_once import at_once
from tests.support.http import Api
from tests.support.limits import ADMIN
from tests.support.mailbox import mails_about, subject_of

SCOPES = tuple(BudgetScope)
Subject = tuple[str, set[str], Callable[[Budget], Policy]]


@pytest.fixture(autouse=True)
def no_budgets(cloud: LocalCloud) -> Iterator[None]:
    """Nor receipts of other tests, which the site's budget would count."""
    for line in ReceiptLine.scan():
        line.delete()
    yield
    policy.change(ADMIN, lambda _: Policy(), "a test", clock.now())
    for spending in Spending.scan():
        spending.delete()


@pytest.fixture
def subject(request: pytest.FixtureRequest, api: Callable[[str], Api]) -> Subject:
    """The key of a budget, who is to be told, and the policy that has it alone."""
    name = f"somebody-{uuid4().hex[:8]}"
    person = api(name)
    users.remember(ADMIN, clock.now())
    if request.param == "site":
        return "site", {admin.email for admin in users.members(ADMINS)}, lambda budget: Policy(site=budget)
    if request.param == "person":
        return f"person/{name}", {users.get(name).email}, lambda budget: Policy(people={name: budget})
    if request.param == "group":
        people.join(name, group := f"group-{uuid4().hex[:8]}")
        addresses = {user.email for user in (*users.members(ADMINS), users.get(name))}
        return f"group/{group}", addresses, lambda budget: Policy(groups={group: budget})
    assert request.param == "job"
    job = person.schedule(f"job-{uuid4().hex[:8]}")["id"]
    return f"job/{job}", {users.get(name).email}, lambda budget: Policy(jobs={job: budget})


def draw(key: str, dollars: int) -> str:
    """So much is drawn on a budget this month; its record's id."""
    spending_id = f"{rules.month_of(clock.now())}/{key}"
    Spending(spending_id).update([Spending.committed.set(dollars * amounts.MILLION)])
    return spending_id


def watch(_: int = 0) -> None:
    report = Report()
    budget_sweep.watch([], [], report, clock.now())
    assert not report


@pytest.mark.parametrize("subject", SCOPES, indirect=True)
def test_who_is_told_of_what_and_how_often(cloud: LocalCloud, subject: Subject) -> None:
    key, addresses, decided = subject

    def sent_for(drawn: int, budget: Budget) -> dict[str, Counter[str]]:
        """What the sweeps send: to whom each subject goes, and how often."""
        policy.change(ADMIN, lambda _: decided(budget), "a test", clock.now())
        draw(key, drawn)
        known = len(mails_about(cloud, rules.title(key)))
        watch()
        watch()
        sent: dict[str, Counter[str]] = {}
        for mail in mails_about(cloud, rules.title(key))[known:]:
            what = subject_of(mail).removeprefix(rules.title(key)).strip()
            sent.setdefault(what, Counter()).update(_receivers(mail))
        return sent

    once = Counter(addresses)
    ten = Budget("10.00")
    assert sent_for(7, ten) == {}
    assert sent_for(8, ten) == {"is 80 % used": once}
    assert sent_for(9, ten) == {}
    assert sent_for(10, ten) == {"is used up": once}
    assert sent_for(10, Budget("20.00")) == {}
    assert sent_for(16, Budget("20.00")) == {"is 80 % used": once}
    assert sent_for(16, Budget("20.00", tell_at=70)) == {"is 80 % used": once}
    assert sent_for(20, Budget("20.00", tell_at=70)) == {"is used up": once}
    assert sent_for(8, ten) == {}


def _receivers(mail: Any) -> list[str]:
    return list(mail.destinations["ToAddresses"])


@pytest.mark.parametrize("subject", SCOPES, indirect=True)
def test_of_sweeps_at_once_each_is_told_by_one_mail(cloud: LocalCloud, subject: Subject) -> None:
    key, addresses, decided = subject
    policy.change(ADMIN, lambda _: decided(Budget("11.00")), "a test", clock.now())
    draw(key, 9)
    known = len(mails_about(cloud, rules.title(key)))
    at_once(watch, 4)
    sent = mails_about(cloud, rules.title(key))[known:]
    assert Counter(address for mail in sent for address in _receivers(mail)) == Counter(addresses)


def test_no_sweep_forgets_what_another_one_has_told() -> None:
    spending_id = draw("person/nobody", 9)
    first, second = (find(Spending, spending_id) for _ in range(2))
    assert first
    assert second
    for spending, notice in ((first, "told"), (second, "ended"), (second, "told")):
        budget_sweep._note(spending, notice)
    stored = find(Spending, spending_id)
    assert stored
    assert stored.notices == ["told", "ended"]
    assert (stored.committed, stored.version) == (9 * amounts.MILLION, 2)
