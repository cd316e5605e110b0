"""What a single cluster or run may cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.budgets import caps
from chalicelib.budgets.amounts import MILLION
from chalicelib.budgets.caps import Cap, Capped

NOW = datetime(2026, 12, 1, 1, tzinfo=UTC)
TEN, HARD = Cap("10.00"), Cap("10.00", hard=True)


@pytest.mark.parametrize(
    ("cap", "cost", "refused"),
    [
        (None, 10**12, False),
        (TEN, 10 * MILLION, False),
        (TEN, 10 * MILLION + 1, True),
        (TEN, 0, False),
        (HARD, 10 * MILLION + 1, True),
    ],
)
def test_what_costs_more_than_one_may_is_refused(cap: Cap | None, cost: int, refused: bool) -> None:
    assert bool(caps.too_dear("cluster", cap, cost, MILLION)) is refused
    if cost:
        assert bool(caps.too_dear("cluster", cap, 1, MILLION, before=cost - 1)) is refused


@pytest.mark.parametrize(
    ("what", "per_hour", "before", "sentence"),
    [
        ("cluster", 2_500_000, 0, "this one may cost $12.50 by its end. Choose fewer workers, or 4 hours at most."),
        ("cluster", 6_250_000, 0, "this one may cost $12.50 by its end. Choose fewer workers, or 1 hour at most."),
        ("run", 2_500_001, 0, "this one may cost $12.50 by its timeout. Choose fewer workers, or a timeout of 3 hours at most."),
        ("run", 12_500_000, 0, "this one may cost $12.50 by its timeout. Choose fewer workers: of so many not even an hour fits."),
        ("cluster", 1_250_000, 5_000_000, "this one may cost $12.50 by its end. Extend it by 4 hours at most."),
        ("cluster", 2_500_000, 10_000_000, "this one may cost $12.50 by its end. Not even an hour more fits."),
        ("cluster", 1_000_000, 11_000_000, "this one may cost $12.50 by its end. Not even an hour more fits."),
    ],
)  # fmt: skip
def test_the_refusal_says_what_would_fit(what: Capped, per_hour: int, before: int, sentence: str) -> None:
    refusal = f"A {what} may cost $10.00 at most, and {sentence} An administrator can raise it."
    assert caps.too_dear(what, TEN, 12_500_000 - before, per_hour, before) == refusal


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(0, 10**7))
def test_what_is_said_to_fit_fits_and_an_hour_more_does_not(amount: int, before: int, per_hour: int) -> None:
    cap = Cap(str(Decimal(amount) / MILLION))
    hours = caps.hours_that_fit(cap, before, per_hour)
    if before <= amount:
        assert not caps.too_dear("cluster", cap, hours * per_hour, per_hour, before)
    if per_hour:
        assert caps.too_dear("cluster", cap, (hours + 1) * per_hour, per_hour, before)


def test_a_cap_in_words() -> None:
    assert caps.title("run", TEN) == "What a run may cost ($10.00)"


def test_what_runs_costs_from_its_launch_on_over_the_end_of_a_month() -> None:
    began = NOW - timedelta(hours=3)
    assert caps.spent("0.25", began, NOW) == 750_000
    assert caps.spent(None, began, NOW) == caps.spent("0.25", None, NOW) == caps.spent("", began, NOW) == 0
    assert caps.spent("0.25", NOW + timedelta(hours=1), NOW) == 0


@pytest.mark.parametrize(
    ("cap", "cost", "ends"),
    [(None, 10**9, False), (TEN, 10**9, False), (HARD, 10 * MILLION - 1, False), (HARD, 10 * MILLION, True)],
)
def test_what_has_cost_all_is_ended_where_that_is_hard(cap: Cap | None, cost: int, ends: bool) -> None:
    assert caps.must_end(cap, cost) is ends


@pytest.mark.parametrize(
    ("old", "new", "higher"),
    [
        (None, None, False), (None, TEN, False), (TEN, None, True), (TEN, TEN, False), (TEN, HARD, False), (HARD, TEN, True),
        (TEN, Cap("10.01"), True), (TEN, Cap("9.99"), False), (HARD, Cap("9.99", hard=True), False), (HARD, Cap("9.99"), True),
    ],
)  # fmt: skip
def test_which_change_lets_one_cost_more(old: Cap | None, new: Cap | None, higher: bool) -> None:
    assert caps.is_higher(old, new) is higher


@given(st.decimals(1, 1000, places=2), st.integers(0, 10**10))
def test_what_is_not_refused_is_not_ended_before_its_end(amount: Decimal, cost: int) -> None:
    cap = Cap(str(amount), hard=True)
    if caps.must_end(cap, cost - 1):
        assert caps.too_dear("cluster", cap, cost, 1)
