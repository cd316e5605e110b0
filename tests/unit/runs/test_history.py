"""When a run was slow, how runs are drawn, and what two runs have in common."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.runs import history
from chalicelib.runs.comparison import rules as comparison
from chalicelib.runs.models import Run, RunStatus

START = datetime(2026, 11, 1, 6, tzinfo=UTC)


def run(number: int, minutes: float | None, status: str = "SUCCEEDED", **more: Any) -> Run:
    """The run of that day."""
    at = START + timedelta(days=number)
    ended = at + timedelta(minutes=minutes) if minutes is not None else None
    fixed: dict[str, Any] = {"size": 1, "emr_release": "7.10.0", "timeout": 1, "notebook_name": "a.ipynb"}
    fixed |= {"notebook_key": "k", "notebook_version": "v", "status": status, "created_at": at, "scheduled_at": at}
    fixed |= {"started_at": at if ended else None, "finished_at": ended}
    return Run(f"r-{number}", **(fixed | more))


def before(*minutes: float) -> list[Run]:
    return [run(20 - place, length) for place, length in enumerate(minutes)]


@pytest.mark.parametrize(
    ("latest", "earlier", "expected"),
    [
        (15, before(10, 10, 10), 1.5),
        (14.9, before(10, 10, 10), None),
        (15, before(10, 10), None),
        (30, before(10, 10, 10, 60, 60), 3.0),
        (30, before(*[10] * 10, *[100] * 30), 3.0),
        (1.9, before(1, 1, 1), None),
        (2, before(1, 1, 1), 2.0),
        (5, before(10, 10, 10), None),
        (5, [], None),
    ],
)
def test_a_run_is_slow_from_one_and_a_half_times_the_median_on(
    latest: float, earlier: list[Run], expected: float | None
) -> None:
    slow = history.slow(run(30, latest), earlier)
    assert (slow.times if slow else None) == expected


@pytest.mark.parametrize("status", [status for status in RunStatus if status != "SUCCEEDED"])
def test_only_a_successful_run_is_compared(status: str) -> None:
    assert history.slow(run(30, 100, status), before(10, 10, 10)) is None


def test_only_successes_before_it_count() -> None:
    runs = [run(1, 10), run(2, 90, "FAILED"), run(3, 10), run(4, 10), run(5, 30), run(6, 90)]
    assert [other.id for other in history.successes_before(runs[4], runs)] == ["r-4", "r-3", "r-1"]


RUNS = st.lists(st.tuples(st.none() | st.floats(0, 1440), st.sampled_from(RunStatus)), min_size=2, max_size=40)


@given(RUNS)
def test_every_run_has_its_place_in_the_chart(made: list[tuple[float | None, str]]) -> None:
    runs = [run(number, minutes, status) for number, (minutes, status) in enumerate(made)]
    drawn = history.chart(runs[::-1])
    assert drawn
    assert [bar.run.id for bar in drawn.bars] == [one.id for one in runs]
    assert sum(drawn.counts.values()) == len(runs)
    for left, right in pairwise(drawn.bars):
        assert right.x - left.x == history.WIDE
    for bar in drawn.bars:
        assert 0 <= bar.y <= history.HIGH
        assert bar.y + bar.height == pytest.approx(history.HIGH)
        assert bar.x + history.WIDE <= drawn.width
    shapes = {bar.run.status: bar.shape for bar in drawn.bars if bar.run.is_final}
    assert len(set(shapes.values())) == len(shapes), "no two outcomes share a shape"


def test_one_run_is_no_chart() -> None:
    assert history.chart([run(1, 10)]) is None


def test_two_runs_are_compared_the_earlier_first() -> None:
    one, other = run(2, 20, size=3, parameters={"days": 7}), run(1, 10, parameters={"days": 1})
    compared = comparison.compare(one, other, {one.id: {"a": 1, "b": 2, "c": 3}, other.id: {"a": 1, "b": 5, "d": 4}})
    assert (compared.earlier.id, compared.later.id) == ("r-1", "r-2")
    assert comparison.times(compared.took) == 2.0
    assert compared.differ == ("size", "parameters")
    assert compared.same_notebook
    assert [(file.name, file.what) for file in compared.files] == [
        ("a", "same size"), ("b", "other size"), ("c", "new"), ("d", "gone"),
    ]  # fmt: skip
    assert comparison.times(compared.became_ready) is None


SPAN = timedelta(minutes=3)


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [
        ((SPAN, SPAN), 1.0),
        ((SPAN, timedelta(minutes=1)), 0.33),
        ((SPAN, timedelta(0)), 0.0),
        ((timedelta(0), SPAN), None),
        ((None, SPAN), None),
        ((SPAN, None), None),
        ((None, None), None),
    ],
)
def test_how_many_times_as_long_the_later_one_took(
    lengths: tuple[timedelta | None, timedelta | None], expected: float | None
) -> None:
    assert comparison.times(lengths) == expected


def test_lengths_are_drawn_against_the_longest_one_that_goes_on_included() -> None:
    now = datetime(2040, 1, 1, 12, tzinfo=UTC)
    ended = Run("r-1", started_at=now - timedelta(hours=2), finished_at=now - timedelta(hours=1))
    going, queued = Run("r-2", started_at=now - timedelta(hours=4)), Run("r-3")
    scale = history.scale([ended, going, queued], now, timedelta(hours=1))
    assert (scale.longest, scale.usual) == (timedelta(hours=4), timedelta(hours=1))
    assert [scale.percent(length) for length in (timedelta(hours=1), timedelta(hours=4), timedelta(hours=9), None)] == [
        25.0, 100.0, 100.0, 0.0,
    ]  # fmt: skip
    assert history.scale([ended], now, timedelta(hours=3)).longest == timedelta(hours=3)
    assert history.scale([], now).percent(timedelta(hours=1)) == 0.0
