"""Notifications by mail and to the job's webhook. Each occasion has an id, so that it is reported once, however often this is
repeated. What to report of a run's outcome is on its record; dispatch and the sweep notice the rest."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.tables import find
from chalicelib.core.text import duration
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, mails, webhooks
from chalicelib.runs.lateness import Broken
from chalicelib.runs.models import Run

EVENTS = {
    attempts.FAILED_ALERT: "run.failed",
    attempts.TIMED_OUT_ALERT: "run.timed_out",
    attempts.RECOVERED: "job.recovered",
    attempts.PAUSED: "job.paused",
    attempts.CAME_LATE: "promise.kept_late",
}
"""What webhooks call a run's alerts. docs/webhooks.md lists all events."""


def tell(run: Run, now: datetime) -> None:
    """Send the alerts of a run that is over."""
    if {attempts.FAILED_ALERT, attempts.TIMED_OUT_ALERT} & set(run.alerts):
        mails.post_bad_news(run, earlier(run), now)
    if attempts.CAME_LATE in run.alerts:
        mails.post_came_late(run, now)
    elif attempts.RECOVERED in run.alerts:
        mails.post_recovered(run, now)
    for alert in run.alerts:
        event = EVENTS[alert]
        webhooks.post(f"{event}#{run.id}", event, run.job_id, webhooks.about_run(run), now)


def earlier(run: Run) -> list[Run]:
    """The attempts before this one, the first one first."""
    records = (find(Run, attempts.attempt_id(run, number)) for number in range(1, int(run.attempt)))
    return [attempt for attempt in records if attempt]


def tell_expired(job: Job, now: datetime) -> None:
    """The job's end date has passed."""
    mails.post_expired(job, now)
    content = webhooks.about_job(job, "EXPIRED", "Its end date has passed, so it no longer runs.")
    webhooks.post(f"job.expired#{job.id}#{job.end_date}", "job.expired", job.id, content, now, at_once=False)


def tell_late(job: Job, since: datetime, now: datetime) -> bool:
    """Slots of the job were missed, from this one on; whether its owner was told now."""
    first = clock.text(since)
    content = webhooks.about_job(job, "LATE", f"Its run due at {first} was not started in time.") | {"since": first}
    webhooks.post(f"job.late#{job.id}#{first}", "job.late", job.id, content, now, at_once=False)
    return mails.post_late(job, since, now)


def tell_broken(job: Job, broken: Broken, moment: datetime, now: datetime) -> None:
    """The result of a slot of the job is not there at the promised moment."""
    slot, expected = clock.text(broken.slot), broken.expected_at and clock.text(broken.expected_at)
    content = webhooks.about_run(broken.run) if broken.run else webhooks.about_job(job, "LATE", broken.known)
    content |= {"reason": broken.known, "slot": slot, "promised_at": clock.text(moment), "expected_at": expected}
    webhooks.post(f"promise.broken#{job.id}#{slot}", "promise.broken", job.id, content, now, at_once=False)
    mails.post_broken(job, broken, moment, now)


def tell_skipping(job: Job, slot: datetime, reason: str, now: datetime) -> None:
    """A slot of the job is skipped as runs overlap; told at most once a day."""
    content = webhooks.about_job(job, "SKIPPED", reason) | {"slot": clock.text(slot)}
    occasion = f"job.skipping#{job.id}#{mails.day_of(job, slot)}"
    webhooks.post(occasion, "job.skipping", job.id, content, now, at_once=False)
    mails.post_skipping(job, slot, reason, now)


def tell_unusually_long(run: Run, usual: timedelta, now: datetime) -> bool:
    """A run takes unusually long; whether its owner was told now."""
    reason = f"It has been running for {duration(now - (run.started_at or now))}; usually it takes {duration(usual)}."
    content = webhooks.about_run(run) | {"reason": reason}
    webhooks.post(f"run.unusually_long#{run.id}", "run.unusually_long", run.job_id, content, now, at_once=False)
    return mails.post_unusually_long(run, reason, now)


def tell_not_started(run: Run, reason: str, now: datetime) -> bool:
    """A run does not get its cluster; whether its owner was told now."""
    content = webhooks.about_run(run) | {"reason": reason}
    webhooks.post(f"run.not_started#{run.id}", "run.not_started", run.job_id, content, now, at_once=False)
    return mails.post_not_started(run, reason, now)
