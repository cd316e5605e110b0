"""What draws on which budgets, and what fits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets import amounts, rules
from chalicelib.budgets.models import BudgetEvent
from chalicelib.budgets.rules import Budget, Policy

NOW = datetime(2040, 5, 10, 12, tzinfo=UTC)
TEN = Budget("10.00")
HARD = Budget("10.00", hard=True)


def test_what_something_draws_on() -> None:
    policy = Policy(TEN, Budget("5"), {"alice": Budget("7")}, {"j-1": Budget("3")})
    assert {key: one.amount for key, one in rules.applying(policy, "alice", "j-1").items()} == {
        "site": "10.00", "person/alice": "7", "job/j-1": "3",
    }  # fmt: skip
    assert {key: one.amount for key, one in rules.applying(policy, "bob", None).items()} == {
        "site": "10.00", "person/bob": "5",
    }  # fmt: skip
    assert rules.applying(Policy(), "alice", "j-1") == {}
    assert set(rules.applying(Policy(groups={"astro": TEN, "bio": TEN}), "alice", None, ["astro", "chem"])) == {
        "group/astro"
    }
    assert set(rules.applying(Policy(jobs={"": TEN}), "alice", None)) == {"job/"}


def test_a_budget_tells_at_four_fifths_and_refuses_when_it_is_used_up() -> None:
    assert (TEN.tell_at, TEN.refuse_at, TEN.hard) == (80, 100, False)


def test_keys_are_taken_apart() -> None:
    assert rules.key_of("site", "") == rules.SITE == "site"
    assert rules.scope_of(rules.key_of("site", "")) == ("site", "")
    assert rules.scope_of(rules.key_of("person", "a/b")) == ("person", "a/b")
    assert rules.title("site") == "The month's budget of the whole site"
    assert rules.title("person/alice") == "The month's budget of alice"
    assert rules.title("group/astro") == "The month's budget of group astro"
    assert rules.title("job/j-1") == "The month's budget of job j-1"


@pytest.mark.parametrize(
    ("committed", "more", "fits"),
    [(0, 10_000_000, True), (0, 10_000_001, False), (9_999_999, 1, True), (9_999_999, 0, True), (10_000_000, 0, False)],
)
def test_what_fits(committed: int, more: int, fits: bool) -> None:
    assert rules.fits(TEN, committed, more) is fits


def test_new_work_may_be_refused_earlier() -> None:
    budget = Budget("10.00", refuse_at=90)
    assert rules.fits(budget, 0, 9_000_000)
    assert not rules.fits(budget, 0, 9_000_001)
    assert "New work is refused from 90 % on." in rules.refusal("site", budget, 0, 9_500_000)


def test_a_refusal_says_what_is_left_and_who_helps() -> None:
    assert rules.refusal("person/alice", TEN, 8_500_000, 2_000_000) == (
        "The month's budget of alice is $10.00, of which $8.50 (85 %) are spent or reserved; this may cost $2.00, and $1.50 are "
        "left. An administrator can raise it."
    )


def test_of_a_budget_that_is_overdrawn_nothing_is_left() -> None:
    assert "and $0.00 are left" in rules.refusal("site", TEN, 10_500_000, 0)
    assert "and $0.00 are left" in rules.refusal("site", TEN, 10_000_000, 0)


def test_who_launches_without_a_price_is_told_that_nothing_is_reserved() -> None:
    of_both = rules.unreserved({"site": TEN, "person/alice": TEN})
    assert of_both == (
        "No price is known, so nothing is reserved of the month's budgets of alice and the whole site. "
        "This is not refused for what it may cost; its cost counts as soon as that is known."
    )
    assert "the month's budget of alice. This" in rules.unreserved({"person/alice": TEN})
    every = rules.unreserved({"site": TEN, "person/alice": TEN, "job/j-1": TEN})
    assert "the month's budgets of job j-1, alice and the whole site. This" in every
    assert rules.unreserved({}) == rules.unreserved_by(None) == ""
    held = {"month": "2040-05", "micros": 0, "budgets": ["site", "person/alice"]}
    assert rules.unreserved_by(held) == of_both
    assert rules.unreserved_by(held | {"micros": 1}) == ""
    assert rules.unreserved_by(held | {"micros": 1, "unpriced": True}) == (
        "A part of what it may cost is not reserved of the month's budgets of alice and the whole site, as its price was not "
        "known. Its cost counts as soon as that is."
    )


def test_months_are_utcs() -> None:
    east = datetime.fromisoformat("2040-06-01T01:00:00+02:00")
    assert rules.month_of(east) == "2040-05"


def test_amounts_are_rounded_up() -> None:
    assert amounts.micros(Decimal("0.0000001")) == 1
    assert amounts.micros(Decimal("0.123456")) == 123_456


def test_only_what_this_month_cost_counts_so_far() -> None:
    assert rules.cost_so_far("2.00", NOW - timedelta(hours=3), NOW) == 6_000_000
    assert rules.cost_so_far("1.00", NOW - timedelta(days=40), NOW) == (9 * 24 + 12) * 1_000_000
    assert rules.cost_so_far("1.00", NOW + timedelta(hours=1), NOW) == 0
    midnight = datetime(2040, 5, 1, tzinfo=UTC)
    assert rules.cost_so_far("3600.00", midnight - timedelta(days=1), midnight + timedelta(microseconds=1)) == 1
    assert rules.cost_so_far("3600.00", midnight - timedelta(days=1), midnight) == 0
    assert rules.cost_so_far(None, NOW, NOW) == rules.cost_so_far("1.00", None, NOW) == 0


def test_percent_of_nothing_is_all() -> None:
    assert rules.percent(TEN, 8_000_000) == 80
    assert rules.percent(TEN, 7_999_999) == 79
    assert rules.percent(Budget("0"), 0) == 100


def test_each_event_is_told_once_for_an_amount_and_a_percentage() -> None:
    budgets = [TEN, Budget("10"), Budget("10", tell_at=70), Budget("10", refuse_at=90), Budget("11")]
    notices = [[rules.notice(event, budget) for budget in budgets] for event in BudgetEvent]
    assert notices == [
        ["told 80% of 10000000"] * 2 + ["told 70% of 10000000", "told 80% of 10000000", "told 80% of 11000000"],
        ["used 100% of 10000000"] * 3 + ["used 90% of 10000000", "used 100% of 11000000"],
        ["ended 100% of 10000000"] * 4 + ["ended 100% of 11000000"],
    ]


def test_only_hard_budgets_end_what_runs() -> None:
    assert rules.overspent(HARD, 10_000_000)
    assert not rules.overspent(HARD, 9_999_999)
    assert not rules.overspent(TEN, 20_000_000)


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        (Policy(TEN), Policy(TEN), False),
        (Policy(TEN), Policy(Budget("10.01")), True),
        (Policy(groups={"astro": TEN}), Policy(), True),
        (Policy(), Policy(groups={"astro": TEN}), False),
        (Policy(groups={"astro": TEN}), Policy(groups={"astro": Budget("11")}), True),
        (Policy(TEN), Policy(Budget("9.99")), False),
        (Policy(TEN), Policy(), True),
        (Policy(), Policy(TEN), False),
        (Policy(HARD), Policy(TEN), True),
        (Policy(TEN), Policy(HARD), False),
        (Policy(Budget("10", refuse_at=80)), Policy(Budget("10", refuse_at=90)), True),
        (Policy(HARD), Policy(HARD), False),
        (Policy(Budget("20", hard=True, refuse_at=25)), Policy(Budget("10", hard=True, refuse_at=50)), False),
        (Policy(Budget("10", hard=True, refuse_at=50)), Policy(Budget("20", hard=True, refuse_at=25)), True),
        (Policy(everybody=TEN), Policy(everybody=TEN, people={"alice": Budget("20")}), True),
        (Policy(everybody=TEN), Policy(everybody=TEN, people={"alice": Budget("5")}), False),
        (Policy(people={"alice": TEN}), Policy(), True),
        (Policy(jobs={"j-1": TEN}), Policy(jobs={"j-1": Budget("11")}), True),
    ],
)
def test_who_lets_spend_more_says_why(before: Policy, after: Policy, raised: bool) -> None:
    assert rules.raised(before, after) is raised


def test_what_is_used_reserved_and_left_add_up_to_the_budget() -> None:
    def balance(committed: int, ended: int) -> tuple[Decimal, ...]:
        one = rules.balance(TEN, committed, ended)
        return one.amount, one.used, one.reserved, one.left

    ten, nothing = Decimal(10), Decimal(0)
    assert balance(0, 0) == (ten, nothing, nothing, ten)
    assert balance(7_000_000, 3_000_000) == (ten, Decimal(3), Decimal(4), Decimal(3))
    assert balance(0, 3_000_000) == (ten, Decimal(3), nothing, Decimal(7)), "the sweep has not been there yet"
    assert balance(12_000_000, 11_000_000) == (ten, Decimal(11), Decimal(1), nothing)


@given(st.integers(0, 10_000), st.lists(st.integers(0, 4_000), max_size=30), st.integers(1, 100))
def test_never_more_is_accepted_than_the_budget_allows(amount: int, demands: list[int], refuse_at: int) -> None:
    """Whatever is launched, in whatever order, and settled to less than was reserved."""
    budget, committed = Budget(str(Decimal(amount) / 1_000_000), refuse_at=refuse_at), 0
    for number, more in enumerate(demands):
        if rules.fits(budget, committed, more):
            committed += more
            assert committed <= budget.most <= budget.micros
        if number % 3 == 2:
            committed -= committed // 4


@given(st.lists(st.integers(0, 10**9)))
def test_parts_add_up_to_the_whole(parts: list[int]) -> None:
    assert amounts.micros(rules.total(parts)) == sum(parts)
