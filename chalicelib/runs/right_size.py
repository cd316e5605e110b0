"""Whether a job's runs need as many workers as they have, by what their Spark used. Pure.

Tasks take the same time on fewer cores, one after the other: on so many workers fewer, a run lasts longer by what its tasks took
in all, divided by the cores that there would be, less the same by the cores that there are. That is the most it can be, as Spark
never kept all of them busy all the time. The machines are paid for from their launch, so the time before Spark counts as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chalicelib.runs import history
from chalicelib.runs.models import Run, RunStatus

FEWEST = 3
"""Of so many successful runs at least, and of the latest ten at most, each must have been content with fewer workers."""
LONGER = 0.25
"""By what share of its time a run may last longer on fewer workers."""
OF_TIMEOUT = 0.8
"""What share of the timeout it may take then,"""
OF_MEMORY = 0.8
"""and what share of the memory that executors have."""
WORTHWHILE = Decimal("0.1")
"""What share of a run's cost must be saved."""
HOUR = Decimal(3600)
READ = ("size", "timeout", "spark_use")
"""What is read of each run, beside what its length takes."""


@dataclass(frozen=True)
class Use:
    """What one run used: `took` from its launch to its end, in seconds; `cores` of one worker."""

    took: float
    timeout: float
    busy: float
    cores: float
    memory_share: float

    def longer(self, size: int, fewer: int) -> float:
        """By how many seconds it lasts longer on so many workers than on the `size` that it had."""
        return self.busy / (self.cores * fewer) - self.busy / (self.cores * size)

    def is_content(self, size: int, fewer: int) -> bool:
        """Whether it would have come to its end on so many workers as it did, only a little later."""
        took = self.took + self.longer(size, fewer)
        in_time = took <= min(self.took * (1 + LONGER), self.timeout * OF_TIMEOUT)
        return in_time and self.memory_share * size / fewer <= OF_MEMORY

    def busy_share(self, size: int) -> float:
        """What share of all cores' time the tasks took, of all that was paid for."""
        return min(self.busy / (self.cores * size * self.took), 1.0)


@dataclass(frozen=True)
class Advice:
    """So many `workers` instead of `size` would have done in each of the `runs`; they took `usual`, and would have taken `longer`,
    at most. Of all that was paid for, tasks used `busy_percent` of the cores' time, and executors `memory_percent` of their memory,
    at most. A run costs `saves` US dollars less; None where prices are not known."""

    size: int
    workers: int
    runs: int
    usual: timedelta
    longer: timedelta
    busy_percent: int
    memory_percent: int
    saves: Decimal | None


def uses(runs: Iterable[Run], size: int) -> list[Use]:
    """The latest successful ones of these runs, which come latest first, on so many workers and with word of their use."""
    known = [
        Use(
            length.total_seconds(),
            float(run.timeout) * 3600,
            float(used["busy_core_seconds"]),
            max(float(used["cores_per_worker"]), 1.0),
            float(used["memory_share"]),
        )
        for run in runs
        if run.status == RunStatus.SUCCEEDED and int(run.size) == size
        if (used := run.spark_use) and (length := history.took(run))
    ]
    return known[: history.SUCCESSES]


def advice(runs: Iterable[Run], size: int, per_hour: Callable[[int], Decimal | None] = lambda _: None) -> Advice | None:
    """The fewest workers that would have done; None where that is as many as there are, saves little, or is not known yet."""
    known = uses(runs, size)
    if len(known) < FEWEST:
        return None
    fewer = next((one for one in range(1, size) if all(use.is_content(size, one) for use in known)), None)
    if fewer is None:
        return None
    saves = _saves(known, size, fewer, per_hour(size), per_hour(fewer))
    return None if saves == 0 else _of(known, size, fewer, saves)


def _median(values: Iterable[Any]) -> Any:
    from statistics import median  # takes a while to load, which only advice needs

    return median(values)


def _of(known: Sequence[Use], size: int, fewer: int, saves: Decimal | None) -> Advice:
    return Advice(
        size,
        fewer,
        len(known),
        timedelta(seconds=round(_median(use.took for use in known))),
        timedelta(seconds=round(max(use.longer(size, fewer) for use in known))),
        round(100 * max(use.busy_share(size) for use in known)),
        round(100 * max(use.memory_share for use in known)),
        saves,
    )


def _saves(known: Sequence[Use], size: int, fewer: int, now: Decimal | None, then: Decimal | None) -> Decimal | None:
    """What a run costs less by the median; 0 where it is not worth while, None where a price is not known."""
    if now is None or then is None:
        return None
    costs = [now * Decimal(use.took) / HOUR for use in known]
    less = [(now * Decimal(use.took) - then * Decimal(use.took + use.longer(size, fewer))) / HOUR for use in known]
    saved = _median(less)
    return saved if saved >= WORTHWHILE * _median(costs) else Decimal(0)
