"""What earlier runs say about a run: whether it was slow, and the chart of how long runs took. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.runs.models import Run, RunStatus

SUCCESSES = 10
"""With the median of so many successful runs before it a run is compared,"""
FEWEST = 3
"""if there are at least so many,"""
SLOWER = 1.5
"""and said to be slow from so many times the median on,"""
LEAST = timedelta(minutes=1)
"""if that is at least so much longer: what short runs wait for varies by seconds."""

CHARTED = 30
SHOWN = ("id", "status", "created_at", "scheduled_at", "started_at", "finished_at")
"""What the chart shows of a run, and what tells whether it was slow."""
HIGH, WIDE = 100, 20
"""The chart's height, and its width for each run, in its own units."""

SHAPES: dict[str, str] = {
    RunStatus.SUCCEEDED: "circle",
    RunStatus.FAILED: "cross",
    RunStatus.TIMED_OUT: "triangle",
    RunStatus.CANCELLED: "square",
    RunStatus.SKIPPED: "diamond",
}
"""What marks a run in the chart, besides its colour; a ring marks one that is not over."""


def took(run: Run) -> timedelta | None:
    """From the launch of the run's cluster until the run was over; None for one that is not, or never was launched."""
    return run.finished_at - run.started_at if run.finished_at and run.started_at else None


def became_ready(run: Run) -> timedelta | None:
    """From the launch of the run's cluster until that was ready."""
    return run.ready_at - run.started_at if run.ready_at and run.started_at else None


@dataclass(frozen=True)
class Slow:
    """How much slower a run was than usual: `times` the `usual` length, the median of `of` runs."""

    times: float
    usual: timedelta
    of: int


def slow(run: Run, successes: Sequence[Run]) -> Slow | None:
    """Whether a successful run took much longer than the successful ones before it, the latest of which come first."""
    length = took(run) if run.status == RunStatus.SUCCEEDED else None
    lengths = [other_length for other in successes[:SUCCESSES] if (other_length := took(other)) is not None]
    if length is None or len(lengths) < FEWEST:
        return None
    usual = _median(lengths)
    if length < usual * SLOWER or length - usual < LEAST:
        return None
    return Slow(round(length / max(usual, timedelta(seconds=1)), 1), usual, len(lengths))


def _median(lengths: Sequence[timedelta]) -> timedelta:
    from statistics import median

    return timedelta(seconds=median(length.total_seconds() for length in lengths))


def usual(runs: Sequence[Run]) -> timedelta | None:
    """How long the successful ones among these runs took by their median; None where there are none."""
    lengths = [length for run in runs if run.status == RunStatus.SUCCEEDED and (length := took(run)) is not None]
    return _median(lengths) if lengths else None


def successes_before(run: Run, runs: Sequence[Run]) -> list[Run]:
    """The successful ones among these runs that were made before this one, the latest first."""
    earlier = [other for other in runs if other.status == RunStatus.SUCCEEDED and other.created_at < run.created_at]
    return sorted(earlier, key=lambda other: other.created_at, reverse=True)[:SUCCESSES]


@dataclass(frozen=True)
class Scale:
    """What the lengths of runs in a list are drawn against."""

    longest: timedelta
    usual: timedelta | None

    def percent(self, length: timedelta | None) -> float:
        """How much of the line a run of this length takes."""
        if not length or not self.longest:
            return 0.0
        return round(100 * min(length / self.longest, 1), 1)


def scale(runs: Sequence[Run], now: datetime, usual_length: timedelta | None = None) -> Scale:
    """The scale of these runs, those that go on included; the usual length has a place on it, too."""
    lengths = [(run.finished_at or now) - run.started_at for run in runs if run.started_at]
    return Scale(max([*lengths, usual_length or timedelta()], default=timedelta()), usual_length)


@dataclass(frozen=True)
class Bar:
    """One run in the chart: where its bar begins from the left and from the top, how high it is, and what marks it."""

    run: Run
    x: int
    y: float
    height: float
    shape: str
    slow: bool


@dataclass(frozen=True)
class Chart:
    """Bars from the earliest to the latest run, the height of the median, and what the bars add up to."""

    bars: list[Bar]
    width: int
    longest: timedelta | None
    usual: timedelta | None
    usual_y: float
    counts: dict[str, int]


def chart(runs: Sequence[Run]) -> Chart | None:
    """The chart of these runs, or None where there are fewer than two."""
    ordered = sorted(runs, key=lambda run: run.created_at)
    lengths = {run.id: length for run in ordered if (length := took(run)) is not None}
    if len(ordered) < 2:
        return None
    longest = max(lengths.values(), default=None)
    good = [lengths[run.id] for run in ordered if run.status == RunStatus.SUCCEEDED and run.id in lengths]
    usual = _median(good) if good else None
    bars = [_bar(run, place, lengths.get(run.id), longest, ordered) for place, run in enumerate(ordered)]
    counts: dict[str, int] = {}
    for run in ordered:
        counts[run.status] = counts.get(run.status, 0) + 1
    return Chart(bars, len(bars) * WIDE, longest, usual, _top(usual, longest), counts)


def _bar(run: Run, place: int, length: timedelta | None, longest: timedelta | None, runs: Sequence[Run]) -> Bar:
    top = _top(length, longest)
    return Bar(
        run,
        place * WIDE,
        top,
        round(HIGH - top, 1),
        SHAPES.get(run.status, "ring"),
        slow(run, successes_before(run, runs)) is not None,
    )


def _top(length: timedelta | None, longest: timedelta | None) -> float:
    """How far from the top a bar of this length begins."""
    if not length or not longest:
        return HIGH
    return round(HIGH * (1 - length / longest), 1)
