"""Jobs in words, for people. Pure: records in, text out."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from chalicelib.core.choices import Choice
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import plural, time_of_day, times
from chalicelib.jobs.models import Job
from chalicelib.schedules import cron
from chalicelib.schedules.policies import AfterOutcome, Misfire, Overlap
from chalicelib.schedules.schedule import AFTER, OBJECTS, WITHOUT_SLOTS, Interval, Schedule, is_interval


class JobState(Choice):
    """What a job is doing; only SCHEDULED and SNOOZED jobs, and RUNNING ones that are scheduled too, have a next run."""

    RUNNING = "RUNNING", "Running"
    SCHEDULED = "SCHEDULED", "Scheduled"
    SNOOZED = "SNOOZED", "Snoozed"
    PAUSED = "PAUSED", "Paused"
    EXPIRED = "EXPIRED", "Expired"


def state(job: Job, now: datetime) -> JobState:
    """What the job is doing."""
    if job.active_run:
        return JobState.RUNNING
    if job.expired_at:
        return JobState.EXPIRED
    if not job.is_enabled:
        return JobState.PAUSED
    return JobState.SNOOZED if is_snoozed(job, now) else JobState.SCHEDULED


def is_snoozed(job: Job, now: datetime) -> bool:
    """Whether its slots are skipped until a moment that is still to come."""
    return bool(job.is_enabled and not job.expired_at and job.snoozed_until and job.snoozed_until > now)


def next_slot(job: Job) -> datetime | None:
    """When the job runs next by itself; None while it is paused, and after its last slot.

    The record's `next_run_at` is also when dispatch looks at slots that are snoozed, and at the job's end date.
    """
    has_slot = bool(job.burst_since) if job.schedule in WITHOUT_SLOTS else True
    at = job.next_run_at if job.is_enabled and not job.expired_at and has_slot else None
    if at and job.snoozed_until and at < job.snoozed_until:
        at = job.timing.next_slot(job.snoozed_until - timedelta(microseconds=1))
    return None if at and job.end_date and at >= job.end_date else at


def retry_policy(job: Job) -> str:
    """What becomes of a run that fails, in a sentence."""
    if not job.retries:
        return "A run that fails is not retried."
    later = ", then after twice as long each time" if job.retries > 1 else ""
    return (
        f"A run that fails is retried {times(int(job.retries))}, after {plural(int(job.retry_delay), 'minute')}{later}."
    )


def pause_policy(job: Job) -> str:
    """When atmo pauses the job, in a sentence."""
    if not job.pause_after:
        return "The job is never paused because of failures."
    return f"The job is paused after {failures(int(job.pause_after))} of its own; failures of AWS or this site do not count."


def failures(count: int) -> str:
    """Such as "one failure" or "5 failures in a row"."""
    return "one failure" if count == 1 else f"{count} failures in a row"


def when(job: Job) -> str:
    """When the job starts by itself: by its schedule, or such as "After load-events has succeeded"."""
    if job.schedule == OBJECTS:
        return (
            f"When objects have arrived under {job.on_arrival}, and none for {plural(int(job.quiet_minutes), 'minute')}"
        )
    if job.schedule != AFTER:
        return schedule(job.timing)
    return f"After {job.after} has {'succeeded' if job.after_outcome == AfterOutcome.SUCCESS else 'ended, in whatever way'}"


def schedule(timing: Schedule) -> str:
    """Such as "Every Monday at 06:00, Europe/Berlin time"."""
    first = timing.start.astimezone(ZoneInfo(timing.zone))
    zone = "UTC" if timing.zone == "UTC" else f"{timing.zone} time"
    if not is_interval(timing.rule):
        return f"{cron.explained(timing.rule)}, {zone}"
    if timing.rule == Interval.MONTHLY:
        last = ", or the month's last day" if first.day > 28 else ""
        return f"Every month on day {first.day}{last}, at {time_of_day(first)} {zone}"
    day = "day" if timing.rule == Interval.DAILY else f"{first:%A}"
    return f"Every {day} at {time_of_day(first)} {zone}"


def misfire_policy(job: Job) -> str:
    """What becomes of missed slots, in a sentence."""
    limit = f"unless it is more than {plural(int(job.lateness_limit), 'hour')} late"
    return {
        Misfire.LATEST: f"The latest missed run is made up for, {limit}.",
        Misfire.ALL: f"Every missed run is made up for, one after the other, {limit}.",
        Misfire.SKIP: "Missed runs are skipped.",
    }[Misfire(job.misfire)]


def overlap_policy(job: Job) -> str:
    """What becomes of a slot while a run is still going, in a sentence."""
    return {
        Overlap.SKIP: "A run that comes due while another is running is skipped.",
        Overlap.QUEUE: "A run that comes due while another is running waits for it to end; "
        f"up to {LIMITS.queued_runs} can wait.",
        Overlap.ALLOW: f"Runs may overlap; up to {LIMITS.concurrent_runs} can run at once.",
    }[Overlap(job.overlap)]
