"""Which limits hold for whom, and what fits into them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import clock
from chalicelib.usage_limits import rules
from chalicelib.usage_limits.models import COUNTED, UsageLimit
from chalicelib.usage_limits.rules import Allowance, Demand, Holder, Policy

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def grant(most: int, until: datetime = LATER) -> dict[str, Any]:
    return {"workers": {"most": most, "until": clock.text(until), "by": "admin"}}


POLICY = Policy(
    {"clusters": 3, "workers": 60}, {"data": {"workers": 80}, "ml": {"workers": 100}}, {"ann": {"workers": 10}}
)


@pytest.mark.parametrize(
    ("person", "groups", "most"),
    [
        ("bob", [], 60),
        ("bob", ["sales"], 60),
        ("bob", ["data"], 80),
        ("bob", ["ml", "data"], 100),  # the most of all groups
        ("ann", ["ml"], 10),  # a person's own counts, also where it is less
    ],
)
def test_whose_limit_counts(person: str, groups: list[str], most: int) -> None:
    assert rules.most_of(POLICY, person, groups, "workers") == most


@pytest.mark.parametrize(
    ("groups", "most"),
    [
        ([], [3, 60, 72, 100, 10]),
        (["data"], [3, 60, 72, 100, 10]),
        (["cluster-maintainers"], [10, 400, 72, 100, 10]),
        (["admins"], [10, 400, 72, 100, 10]),
    ],
)
def test_what_everybody_may_have_until_admins_decide(groups: list[str], most: list[int]) -> None:
    limits = ["clusters", "workers", "cluster_hours", "jobs", "runs"]
    assert [rules.most_of(Policy(), "bob", groups, limit) for limit in limits] == most


def test_what_a_policy_lacks_is_as_it_is_by_default() -> None:
    assert rules.most_of(Policy({}, {}, {}), "bob", [], "runs") == rules.DEFAULT["runs"]
    assert set(rules.DEFAULT) == set(UsageLimit)


@pytest.mark.parametrize(
    ("grants", "most", "until"),
    [
        ({}, 60, None),
        (grant(100), 100, LATER),
        (grant(100, NOW), 60, None),  # it ends at that moment
        (grant(100, NOW + timedelta(microseconds=1)), 100, NOW + timedelta(microseconds=1)),
        (grant(60), 60, None),  # nothing more than they may have anyhow
        (grant(50), 60, None),
    ],
)
def test_what_was_granted_for_a_time(grants: dict[str, Any], most: int, until: datetime | None) -> None:
    every = rules.allowances(POLICY, "bob", [], {"workers": 7}, grants, NOW)
    assert every["workers"] == Allowance("workers", 7, most, until)
    assert every["clusters"] == Allowance("clusters", 0, 3)
    assert every["cluster_hours"] == Allowance("cluster_hours", None, 72)
    assert list(every) == list(UsageLimit)


@pytest.mark.parametrize(
    ("used", "demand", "limit"),
    [
        ({}, Demand(clusters=1, workers=60), ""),
        ({}, Demand(clusters=1, workers=61), "workers"),
        ({"clusters": 2}, Demand(clusters=1), ""),
        ({"clusters": 3}, Demand(clusters=1), "clusters"),
        ({"clusters": 3, "workers": 60}, Demand(clusters=1, workers=1), "clusters"),  # in their order
        ({"clusters": 4}, Demand(workers=1), ""),  # what is over by now is no matter for what needs none of it
        ({"workers": 70}, Demand(workers=-1), ""),  # giving back always fits
    ],
)
def test_what_fits(used: dict[str, int], demand: Demand, limit: str) -> None:
    assert rules.reached(rules.allowances(POLICY, "bob", [], used, {}, NOW), demand) == limit


@pytest.mark.parametrize(
    ("demand", "items"),
    [
        (Demand(), []),
        (Demand(clusters=1), [("clusters", 1)]),
        (Demand(workers=-2), [("workers", -2)]),
        (Demand(jobs=1), [("jobs", 1)]),
        (Demand(runs=2, jobs=1), [("jobs", 1), ("runs", 2)]),
    ],
)
def test_a_demand_is_of_nothing_but_what_it_names(demand: Demand, items: list[tuple[str, int]]) -> None:
    assert demand.items() == items


def test_the_refusal_says_how_many_and_what_to_do() -> None:
    said = rules.refusal("bob", Allowance("clusters", 3, 3), 1)
    assert said == "This would make 4 live clusters; bob may have 3. End one first, or request more on the page Limits."
    assert rules.refusal("bob", Allowance("cluster_hours", None, 72), 80).startswith(
        "This would make 80 hours of one cluster"
    )
    assert rules.too_large("bob", 90, 60).startswith(
        "Each run would need 90 workers; bob may have 60 at once. Choose fewer"
    )
    assert set(rules.LABELS) == set(rules._WAYS_OUT) == set(UsageLimit)


def test_limits_of_one_group_or_person_are_replaced_together() -> None:
    changed = rules.with_own(POLICY, Holder.GROUP, "data", {"runs": 5})
    assert changed.groups == {"data": {"runs": 5}, "ml": {"workers": 100}}
    assert list(rules.with_own(POLICY, Holder.PERSON, "abe", {"runs": 5}).people) == ["abe", "ann"]
    assert rules.with_own(POLICY, Holder.PERSON, "ann", {}).people == {}
    assert rules.with_own(POLICY, Holder.PERSON, "ann", {}).groups == POLICY.groups
    assert rules.with_default(POLICY, {"workers": 5}).default == {"clusters": 3, "workers": 5}


def test_the_last_day_is_the_one_before_midnight() -> None:
    midnight = datetime(2026, 12, 25, tzinfo=UTC)
    assert rules.last_day(midnight) == "2026-12-24"
    assert rules.last_day(midnight + timedelta(microseconds=1)) == "2026-12-25"


@given(st.dictionaries(st.sampled_from([str(one) for one in COUNTED]), st.integers(0, 100)), st.integers(0, 100))
def test_whatever_fits_is_within_the_limit(used: dict[str, int], more: int) -> None:
    every = rules.allowances(POLICY, "bob", [], used, {}, NOW)
    fits = not rules.reached(every, Demand(workers=more))
    assert fits == (more == 0 or used.get("workers", 0) + more <= 60)


def test_maintainers_have_room_for_their_largest_cluster() -> None:
    from chalicelib.core.limits import LIMITS

    for group in rules.GROUPS:
        assert rules.most_of(Policy(), "mia", [group], "workers") >= LIMITS.size_of_maintainers.high
    assert rules.DEFAULT["workers"] >= LIMITS.size.high
    assert rules.DEFAULT["cluster_hours"] >= LIMITS.lifetime.high
