"""A group's budget: all of its members draw on the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from chalicelib.budgets.rules import MAX_GROUPS, Budget
from localaws.cloud import LocalCloud
from tests.cloud.budgets.test_budgets import body_of, cost_of, name_of, room_for
from tests.support import people
from tests.support.at_once import at_once
from tests.support.budgets import budgeted
from tests.support.http import Api, reaches, until
from tests.support.sweeps import sweep

TIMES, ROOM = 100, 7
pytestmark = pytest.mark.usefixtures("priced")


@pytest.fixture
def group() -> str:
    return f"astro-{uuid4().hex[:6]}"


@pytest.fixture
def members(cloud: LocalCloud, group: str) -> tuple[Api, Api]:
    """Two people who are in the group."""
    names = [people.fresh("member") for _ in range(2)]
    for name in names:
        people.join(name, group)
    one, other = (Api(cloud.portal_url, people.api_token(name)) for name in names)
    return one, other


def own(somebody: Api, group: str) -> dict[str, Any]:
    key = ("group", group)
    return next(one for one in somebody("GET", "/budgets").body["own"] if (one["scope"], one["name"]) == key)


def test_members_together_pass_only_as_far_as_the_money_goes(
    members: tuple[Api, Api], somebody: Api, group: str
) -> None:
    bodies = [body_of(one) for one in members]
    with budgeted(groups={group: room_for(cost_of(members[0], bodies[0]), ROOM)}):
        answers = at_once(lambda number: members[number % 2]("POST", "/clusters", bodies[number % 2]), TIMES)
        passed = Counter((one.status, (one.body or {}).get("budget", "")) for one in answers)
        assert passed == {(201, ""): ROOM, (409, f"group/{group}"): TIMES - ROOM}
        assert own(members[0], group) == own(members[1], group)
        assert somebody("POST", "/clusters", body_of(somebody)).status == 201, "somebody else is not concerned"


def test_what_a_member_launched_is_settled_with_the_group_also_when_they_have_left_it(
    members: tuple[Api, Api], group: str
) -> None:
    leaver, stays = members
    with budgeted(groups={group: Budget("100.00")}):
        made = leaver("POST", "/clusters", body_of(leaver)).body["id"]
        reserved = Decimal(own(stays, group)["used"])
        reaches(leaver, f"/clusters/{made}", "WAITING")
        people.join(name_of(leaver))
        assert leaver("POST", f"/clusters/{made}/extend", {"hours": 2}).status == 200
        assert Decimal(own(stays, group)["used"]) > reserved
        leaver("POST", f"/clusters/{made}/terminate")
        cost = until(lambda: (one := leaver("GET", f"/clusters/{made}").body["cost"])["final"] and one, 60)
        until(lambda: abs(Decimal(own(stays, group)["used"]) - Decimal(cost["amount"])) <= Decimal("0.000001"), 30)


def test_the_sweep_adds_what_was_launched_before_and_tells(
    cloud: LocalCloud, members: tuple[Api, Api], group: str
) -> None:
    made = members[0]("POST", "/clusters", body_of(members[0])).body["id"]
    reaches(members[0], f"/clusters/{made}", "WAITING")
    with budgeted(groups={group: Budget("0.01")}):
        assert Decimal(own(members[1], group)["used"]) == 0
        cloud.clock.advance(minutes=30)
        sweep(cloud)
        until(lambda: Decimal(own(members[1], group)["used"]) > 0)
        refused = members[1]("POST", "/clusters", body_of(members[1]))
        assert (refused.status, refused.body["budget"]) == (409, f"group/{group}")
        assert f"The month's budget of group {group} is $0.01" in refused.body["detail"]
        sweep(cloud)
        written = [mail for mail in cloud.mails.sent if f"group {group}" in f"{mail.subject} {mail.text}"]
        assert {f"{name_of(one)}@example.org" for one in members} <= {mail.to for mail in written}


def test_who_changes_groups_does_not_bring_along_what_they_spent(
    cloud: LocalCloud, somebody: Api, members: tuple[Api, Api], group: str
) -> None:
    """Neither what has ended nor what still runs; a hard budget would end what the others of the group run."""
    before, (joins, stays) = people.fresh("before"), members
    people.join(name_of(joins), before)
    with budgeted(groups={before: Budget("100.00"), group: Budget("100.00")}):
        ended, runs = (joins("POST", "/clusters", body_of(joins)).body["id"] for _ in range(2))
        for made in (ended, runs):
            reaches(joins, f"/clusters/{made}", "WAITING")
        joins("POST", f"/clusters/{ended}/terminate")
        until(lambda: joins("GET", f"/clusters/{ended}").body["cost"]["final"], 60)
        people.join(name_of(joins), group)
        cloud.clock.advance(minutes=5)
        sweep(cloud)
        assert Decimal(own(stays, group)["used"]) == 0


def test_who_is_in_every_group_that_has_a_budget_draws_on_each_in_one_transaction(somebody: Api) -> None:
    groups = [people.fresh("group") for _ in range(MAX_GROUPS)]
    people.join(name_of(somebody), *groups)
    hundred = Budget("100.00")
    with budgeted(site=hundred, people={name_of(somebody): hundred}, groups=dict.fromkeys(groups, hundred)):
        made = somebody("POST", "/clusters", body_of(somebody))
        assert made.status == 201
        assert all(Decimal(own(somebody, group)["used"]) > 0 for group in groups)
        somebody("POST", f"/clusters/{made.body['id']}/terminate")
        until(lambda: somebody("GET", f"/clusters/{made.body['id']}").body["cost"]["final"], 60)
        settled = lambda: len({own(somebody, group)["used"] for group in groups}) == 1  # noqa: E731
        until(settled, 30)


def test_no_more_groups_have_budgets_than_fit_into_a_transaction(api: Callable[[str], Api]) -> None:
    groups = {f"group-{number}": {"amount": "5.00"} for number in range(MAX_GROUPS + 1)}
    refused = api("admin")("PUT", "/budgets", {"groups": groups})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "groups")
    assert refused.body["errors"][0]["message"] == "Up to 50 groups may have budgets."


def test_a_group_that_nobody_is_in_is_refused(api: Callable[[str], Api]) -> None:
    refused = api("admin")("PUT", "/budgets", {"groups": {"nobodys": {"amount": "5.00"}}})
    assert (refused.status, refused.body["errors"][0]["field"]) == (422, "groups")
    assert "Nobody who has signed in here is in a group named nobodys." in refused.body["errors"][0]["message"]
