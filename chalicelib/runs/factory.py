"""The record of a new run, from its job as it is now. Nothing is stored here."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core import correlation
from chalicelib.core.config import settings
from chalicelib.jobflows.names import jobflow_name
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.schedules import concurrency, promises, slots, triggers
from chalicelib.schedules.triggers import Arrival

BY_ITSELF = frozenset({Trigger.SCHEDULE, Trigger.BACKFILL, Trigger.AFTER, Trigger.OBJECTS})
"""What makes runs of which many come of one invocation: each is a story of its own."""


def of_job(job: Job, run_id: str, trigger: Trigger, scheduled_at: datetime, now: datetime) -> Run:
    """A run with everything that it needs of the job as it is now."""
    suffix = run_id.removeprefix("r-")[-16:].lower()
    return Run(
        run_id,
        job_id=job.id,
        job_identifier=job.identifier,
        owner=job.owner,
        owner_email=job.owner_email,
        live="yes",
        previous_run=job.last_run,
        trigger=trigger,
        attempts=int(job.retries) + 1,
        retry_delay=job.retry_delay,
        size=job.size,
        emr_release=job.emr_release,
        timeout=job.job_timeout,
        notebook_name=job.notebook_name,
        notebook_key=job.notebook_key,
        notebook_version=job.notebook_version,
        notebook_number=job.notebook_number,
        commit=job.commit,
        parameters=job.parameters,
        result_visibility=job.result_visibility,
        timezone=job.timezone,
        name=jobflow_name(settings(), "job", job.owner, f"{job.identifier}-{suffix}", run_id),
        status=RunStatus.QUEUED,
        created_at=now,
        scheduled_at=scheduled_at,
        correlation=run_id if trigger in BY_ITSELF else correlation.current() or run_id,
    )


def of_slot(job: Job, run_id: str, trigger: Trigger, slot: datetime, now: datetime) -> Run:
    """A run of a slot of the job's."""
    run = of_job(job, run_id, trigger, slot, now)
    run.slot = slot
    return run


def after_run(job: Job, arrival: Arrival, now: datetime) -> Run:
    """The run of a job that starts after another one, for the run of that one which has ended."""
    run = of_job(job, triggers.run_id(job.id, arrival), Trigger.AFTER, arrival.ended_at, now)
    run.after, run.after_run, run.after_slot = job.after, arrival.run, arrival.slot
    if arrival.slot and job.promised_by:
        run.promised_at = promises.next_moment(job.promised_by, job.timezone, arrival.slot)
    return run


def of_burst(job: Job, over_at: datetime, now: datetime) -> Run:
    """The run of a job's burst, which is over; bursts/handover.py hands its objects over to it."""
    return of_job(job, slots.slot_id(job, over_at), Trigger.OBJECTS, over_at, now)


def covering(run: Run, job: Job) -> Run:
    """The same run of a slot, which knows since when it covers and by when it was promised. Runs that are skipped need not."""
    run.previous_slot = job.timing.previous_slot(run.scheduled_at)
    if run.trigger != Trigger.BACKFILL:
        run.promised_at = promises.moment_of(job.timing, job.promised_by, job.timezone, run.scheduled_at)
    return run


def skipped(run: Run, reason: str, now: datetime) -> Run:
    """The same run as the record of a slot that was not run, and why."""
    run.status, run.status_reason, run.finished_at, run.live = RunStatus.SKIPPED, reason, now, None
    return run


def queued(run: Run, job: Job, reason: str) -> Run:
    """The same run as one that waits for those that are on the job."""
    run.waits_for, run.status_reason = concurrency.unfinished_runs(job)[-1], reason
    run.previous_run = run.waits_for
    return run
