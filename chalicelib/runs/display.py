"""Jobs and runs in words, for people. Pure: records in, text out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim

from chalicelib.core.limits import LIMITS
from chalicelib.core.text import duration, plural, time_of_day, times
from chalicelib.diagnosis.symptoms import shortened
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts
from chalicelib.runs.history import Slow
from chalicelib.runs.models import FAILED, QUEUED, TIMED_OUT, Run, Trigger
from chalicelib.schedules.policies import Misfire, Overlap
from chalicelib.schedules.schedule import Interval, Schedule, is_interval

RUNNING, SCHEDULED, SNOOZED, PAUSED, EXPIRED = "RUNNING", "SCHEDULED", "SNOOZED", "PAUSED", "EXPIRED"
"""What a job is doing; only SCHEDULED and SNOOZED jobs, and RUNNING ones that are scheduled too, have a next run."""

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")

RESULT_NAMES = {
    "notebook.ipynb": "The executed notebook",
    "notebook.json": "The executed note, for Zeppelin",
    "notebook.html": "The executed notebook as a page",
    "run.log": "The log",
    "outcome.json": "The outcome, for programs",
}
"""What the files are that every run leaves; all others are the notebook's own."""


def state(job: Job, now: datetime) -> str:
    """What the job is doing, in one of the five words above."""
    if job.active_run:
        return RUNNING
    if job.expired_at:
        return EXPIRED
    if not job.is_enabled:
        return PAUSED
    return SNOOZED if is_snoozed(job, now) else SCHEDULED


def is_snoozed(job: Job, now: datetime) -> bool:
    """Whether its slots are skipped until a moment that is still to come."""
    return bool(job.is_enabled and not job.expired_at and job.snoozed_until and job.snoozed_until > now)


def next_slot(job: Job) -> datetime | None:
    """When the job runs next by itself; None while it is paused, and after its last slot.

    The record's `next_run_at` is also when dispatch looks at slots that are snoozed, and at the job's end date.
    """
    at = job.next_run_at if job.is_enabled and not job.expired_at else None
    if at and job.snoozed_until and at < job.snoozed_until:
        at = job.timing.next_slot(job.snoozed_until - timedelta(microseconds=1))
    return None if at and job.end_date and at >= job.end_date else at


def trigger(run: Run) -> str:
    """Why the run was made, in a word or two."""
    return Trigger(run.trigger).label


def attempt(run: Run) -> str:
    """Such as "attempt 2 of 3"; "" for a run that is not tried again."""
    return attempts.of(run)


def is_to_start(run: Run) -> bool:
    """Whether this is a further attempt that waits for its time."""
    return run.status == QUEUED and run.attempt > 1 and not run.cancelled_by


def by_incident(found: Sequence[Run]) -> list[tuple[Run, bool]]:
    """The runs with all attempts of a slot together, at the place of the latest; whether it is one of those before that."""
    groups: dict[str, list[Run]] = {}
    for run in found:
        groups.setdefault(attempts.first_id(run), []).append(run)
    return [(run, number > 0) for group in groups.values() for number, run in enumerate(group)]


def retrying(job: Job) -> str:
    """What becomes of a run that fails, in a sentence."""
    if not job.retries:
        return "A run that fails is not retried."
    later = ", then after twice as long each time" if job.retries > 1 else ""
    return (
        f"A run that fails is retried {times(int(job.retries))}, after {plural(int(job.retry_delay), 'minute')}{later}."
    )


def pausing(job: Job) -> str:
    """When atmo pauses the job, in a sentence."""
    if not job.pause_after:
        return "The job is never paused because of failures."
    return f"The job is paused after {failures(int(job.pause_after))} of its own; failures of AWS or this site do not count."


def failures(count: int) -> str:
    """Such as "one failure" or "5 failures in a row"."""
    return "one failure" if count == 1 else f"{count} failures in a row"


def schedule(timing: Schedule) -> str:
    """Such as "Every Monday at 06:00, Europe/Berlin time"."""
    first = timing.start.astimezone(ZoneInfo(timing.zone))
    zone = "UTC" if timing.zone == "UTC" else f"{timing.zone} time"
    if not is_interval(timing.rule):
        return f"{CronSim(timing.rule, datetime(2000, 1, 1, tzinfo=UTC)).explain()}, {zone}"
    if timing.rule == Interval.MONTHLY:
        last = ", or the month's last day" if first.day > 28 else ""
        return f"Every month on day {first.day}{last}, at {time_of_day(first)} {zone}"
    day = "day" if timing.rule == Interval.DAILY else f"{first:%A}"
    return f"Every {day} at {time_of_day(first)} {zone}"


def misfire(job: Job) -> str:
    """What becomes of missed slots, in a sentence."""
    limit = f"unless it is more than {plural(int(job.lateness_limit), 'hour')} late"
    return {
        Misfire.LATEST: f"The latest missed run is made up for, {limit}.",
        Misfire.ALL: f"Every missed run is made up for, one after the other, {limit}.",
        Misfire.SKIP: "Missed runs are skipped.",
    }[Misfire(job.misfire)]


def overlapping(job: Job) -> str:
    """What becomes of a slot while a run is still going, in a sentence."""
    return {
        Overlap.SKIP: "A run that comes due while another is running is skipped.",
        Overlap.QUEUE: "A run that comes due while another is running waits for it to end; "
        f"up to {LIMITS.queued_runs} can wait.",
        Overlap.ALLOW: f"Runs may overlap; up to {LIMITS.concurrent_runs} can run at once.",
    }[Overlap(job.overlap)]


def took(run: Run, now: datetime) -> timedelta | None:
    """From the launch of the run's cluster until the run was over, or until now; None for one that was never launched."""
    return (run.finished_at or now) - run.started_at if run.started_at else None


def slow(found: Slow) -> str:
    """Why a run is said to be slow."""
    usual = f"the median of the previous {found.of} successful runs is {duration(found.usual)}"
    return f"It took {found.times} times as long as usual: {usual}."


def summary(job: Job) -> str:
    """Why the last run did not succeed, in a short sentence; "" when it did, or is still going."""
    return (job.last_run_summary or "") if job.last_run_status in (FAILED, TIMED_OUT) else ""


def marked(log: str, diagnosis: Mapping[str, Any] | None) -> list[tuple[str, bool]]:
    """The log's lines, each with whether it is one that shows why the run did not succeed."""
    shown = [found["line"] for found in diagnosis["evidence"]] if diagnosis else []
    return [(line, any(text in shortened(line) for text in shown)) for line in plain(log).splitlines()]


def plain(log: str) -> str:
    """A log without the colours that programs print for terminals."""
    return _ESCAPES.sub("", log)
