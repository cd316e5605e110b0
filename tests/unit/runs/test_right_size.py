"""When fewer workers would do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.runs import reported, right_size
from chalicelib.runs.models import Run, RunStatus

START = datetime(2026, 11, 1, 6, tzinfo=UTC)
IDLE = {"seconds": 1200, "busy_core_seconds": 0, "cores_per_worker": 4, "workers": 8, "memory_share": 0.0}


def run(
    minutes: float = 30,
    busy: float = 0,
    memory: float = 0.0,
    status: str = RunStatus.SUCCEEDED,
    size: int = 8,
    **known: Any,
) -> Run:
    use = IDLE | {"busy_core_seconds": busy, "memory_share": memory}
    ended = START + timedelta(minutes=minutes)
    values: dict[str, Any] = {
        "status": status, "size": size, "timeout": 2, "spark_use": use, "started_at": START, "finished_at": ended,
    }  # fmt: skip
    return Run("r-1", **values | known)


def dollars(size: int) -> Decimal:
    """A master, and workers besides it where there are several."""
    return Decimal("0.25") * (1 if size == 1 else size + 1)


def advised(*runs: Run, size: int = 8) -> int | None:
    advice = right_size.advice(runs, size, dollars)
    return advice.workers if advice else None


def test_whoever_does_not_use_spark_needs_one_worker() -> None:
    advice = right_size.advice([run(), run(), run()], 8, dollars)
    assert advice == right_size.Advice(8, 1, 3, timedelta(minutes=30), timedelta(), 0, 0, Decimal("1.00"))


@pytest.mark.parametrize(
    ("what", "runs", "workers"),
    [
        ("too few runs", [run(), run()], None),
        ("of three one failed", [run(), run(), run(status="FAILED")], None),
        ("of three one had other workers", [run(), run(), run(size=4)], None),
        ("of three one is silent", [run(), run(), run(spark_use=None)], None),
        ("all cores busy all the time", [run(busy=30 * 60 * 32)] * 3, None),
        ("half of the cores busy: six would do, and save less than a tenth", [run(busy=30 * 60 * 16)] * 3, None),
        ("a quarter busy", [run(busy=30 * 60 * 8)] * 3, 4),
        ("one of ten was busier", [run()] * 9 + [run(busy=30 * 60 * 16)], 6),
        ("what is older than the latest ten does not count", [run()] * 10 + [run(busy=30 * 60 * 32)], 1),
        ("memory: half of eight is four workers'", [run(memory=0.5)] * 3, 5),
        ("memory to the brim", [run(memory=0.75)] * 3, None),
        ("the timeout is near", [run(minutes=95, busy=10_000)] * 3, 7),
        ("one worker less, and 80 % of the timeout exactly", [run(minutes=95, busy=5760)] * 3, 6),
        ("half a second more", [run(minutes=95, busy=5798.4)] * 3, 7),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_fewest_workers_that_would_have_done(what: str, runs: list[Run], workers: int | None) -> None:
    assert advised(*runs) == workers


def test_one_worker_is_as_few_as_there_can_be() -> None:
    assert advised(run(size=1), run(size=1), run(size=1), size=1) is None


def test_what_saves_little_is_not_said() -> None:
    runs = [run(busy=30 * 60 * 16)] * 3
    assert right_size.advice(runs, 8, lambda size: Decimal(9 + size) / 10) is None
    saved = right_size.advice(runs, 8, lambda size: Decimal(size))
    assert saved
    assert saved.saves
    assert round(saved.saves, 2) == Decimal("0.50")  # 8 x 0.5 h, less 6 x 0.5833 h
    assert saved.longer == timedelta(minutes=5)


def test_the_advice_says_by_what_it_is_known() -> None:
    runs = [run(30, busy=7500, memory=0.3), run(40, busy=3600, memory=0.1), run(20, busy=1200, memory=0.2)]
    advice = right_size.advice(runs, 8, dollars)
    assert advice
    assert (advice.workers, advice.usual) == (3, timedelta(minutes=30))
    assert advice.longer == timedelta(seconds=391)  # 7500 s on 12 cores instead of 32
    assert (advice.busy_percent, advice.memory_percent) == (13, 30)
    assert advice.saves
    assert round(advice.saves, 4) == Decimal("0.5165")  # 2.25 $ x 0.5 h, less 1.00 $ x 0.6085 h


def test_memory_is_said_in_percent() -> None:
    advice = right_size.advice([run(memory=0.55)] * 3, 8)
    assert advice
    assert (advice.workers, advice.memory_percent) == (6, 55)


def test_tasks_use_no_more_than_all() -> None:
    advice = right_size.advice([run(busy=72_000)] * 3, 8)
    assert advice
    assert (advice.workers, advice.busy_percent) == (7, 100)


def test_cores_that_nobody_counted_pass_for_one() -> None:
    advice = right_size.advice([run(spark_use=IDLE | {"cores_per_worker": 0, "busy_core_seconds": 100})] * 3, 8)
    assert advice
    assert (advice.workers, advice.longer) == (1, timedelta(seconds=88))


def test_a_tenth_is_worth_while() -> None:
    advice = right_size.advice([run()] * 3, 8, lambda size: Decimal(10 if size == 8 else 9))
    assert advice
    assert advice.saves == Decimal("0.5")


@pytest.mark.parametrize("unknown", [8, 1])
def test_with_one_price_of_two_there_is_no_amount(unknown: int) -> None:
    advice = right_size.advice([run()] * 3, 8, lambda size: None if size == unknown else Decimal(1))
    assert advice
    assert advice.saves is None


def test_without_prices_it_is_said_without_an_amount() -> None:
    advice = right_size.advice([run()] * 3, 8)
    assert advice
    assert (advice.workers, advice.saves) == (1, None)


@given(
    st.lists(st.tuples(st.floats(5, 90), st.floats(0, 50_000), st.floats(0, 1)), min_size=3, max_size=10),
    st.integers(2, 30),
)
def test_advice_keeps_its_word(figures: list[tuple[float, float, float]], size: int) -> None:
    """On the advised workers no run takes more than a quarter longer or 80 % of its timeout, and one fewer would not do."""
    runs = [run(minutes, busy, memory, size=size) for minutes, busy, memory in figures]
    advice = right_size.advice(runs, size)
    known = right_size.uses(runs, size)
    fewer = advice.workers if advice else size
    if advice:
        assert 1 <= fewer < size
        for use in known:
            took = use.took + use.busy / (4 * fewer) - use.busy / (4 * size)
            assert took <= use.took * 1.25 + 1e-6
            assert took <= 0.8 * 7200 + 1e-6
            assert use.memory_share * size <= 0.8 * fewer + 1e-6
    if fewer > 1:
        assert not all(use.is_content(size, fewer - 1) for use in known)


@pytest.mark.parametrize(
    "spark",
    [None, [], {}, {"seconds": 1}, IDLE | {"seconds": "1"}, IDLE | {"workers": True}, IDLE | {"seconds": -1},
     IDLE | {"memory_share": float("nan")}, IDLE | {"busy_core_seconds": float("inf")}],
)  # fmt: skip
def test_what_is_no_use_is_none(spark: Any) -> None:
    assert reported.spark_use({"spark": spark} if isinstance(spark, dict) else {}) is None
    assert reported.spark_use(None) is None


def test_what_the_runner_tells_is_taken_without_the_rest() -> None:
    assert reported.spark_use({"spark": IDLE | {"more": "x"}}) == IDLE
