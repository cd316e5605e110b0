"""What a job's runs will cost: by its schedule, and by how long its earlier runs took."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from chalicelib.costs import estimates
from chalicelib.costs.estimates import Estimate
from chalicelib.jobs.models import Job
from chalicelib.runs import history, latest_runs, right_size
from chalicelib.runs.models import Run, RunStatus
from chalicelib.runs.right_size import Advice
from chalicelib.schedules.schedule import Schedule
from chalicelib.schedules.slots import before_first

MONTH = timedelta(days=30)
MAX_SLOTS = 200
"""So many slots are looked at; those of a schedule that has more in a month are counted by how close these are."""
HOUR = Decimal(3600)


def of_schedule(size: int, timeout: int, schedule: Schedule, now: datetime, earlier: Iterable[Run] = ()) -> Estimate:
    """What a run of so many workers costs, at most with its timeout of so many hours, and what the schedule makes of it in a month.
    `earlier` are runs of the same job on as many workers, the latest first: by those that succeeded, what is usual."""
    usual = usual_hours(earlier)
    return estimates.of_runs(size, timeout, now, usual_hours=usual, runs=runs_in_month(schedule, now))


def of_job(job: Job, now: datetime) -> Estimate:
    """The same of a job as it is now, by its own history."""
    return of_schedule(int(job.size), int(job.job_timeout), job.timing, now, latest_runs.of_size(job, int(job.size)))


def of_backfill(job: Job, count: int, now: datetime) -> Estimate:
    """What so many runs of a job cost together: `total` at most, each with its timeout, and `usual` by its earlier runs."""
    usual = usual_hours(latest_runs.of_size(job, int(job.size)))
    one = estimates.of_runs(int(job.size), int(job.job_timeout), now, usual_hours=usual)
    amounts = {name: getattr(one, name) for name in ("total", "usual", "on_demand")}
    together = {name: amount * count for name, amount in amounts.items() if amount is not None}
    return replace(one, runs=count, **together)


def advice(earlier: Iterable[Run], size: int, now: datetime) -> Advice | None:
    """Whether fewer than so many workers would do, by these earlier runs."""
    return right_size.advice(earlier, size, lambda workers: estimates.of_cluster(workers, 1, now).per_hour)


def usual_hours(earlier: Iterable[Run]) -> Decimal | None:
    """The median length of the latest successful runs; None without any."""
    successes = (run for run in earlier if run.status == RunStatus.SUCCEEDED)
    lengths = [length for run in successes if (length := history.took(run)) is not None]
    seconds = [Decimal(length.total_seconds()) for length in lengths[: history.SUCCESSES]]
    return median(seconds) / HOUR if seconds else None


def runs_in_month(schedule: Schedule, now: datetime) -> int:
    """How many slots the schedule has in the next thirty days."""
    slots = schedule.preview(before_first(schedule, now), MAX_SLOTS)
    within = [slot for slot in slots if slot < now + MONTH]
    if len(within) < MAX_SLOTS:
        return len(within)
    span = within[-1] - within[0]
    return round((MAX_SLOTS - 1) * (min(schedule.end or now + MONTH, now + MONTH) - within[0]) / span) + 1
