"""What the system does by itself to jobs, as the audit trail has it. An effect is written with the change itself."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit.context import Effect
from chalicelib.core.text import utc
from chalicelib.jobs import display as job_display
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts
from chalicelib.runs.attempts import Verdict
from chalicelib.runs.models import Run

CANCELLED, EXPIRED, LATE, PAUSED = "run.cancelled", "job.expired", "job.late", "job.paused"
"""The actions."""


def expiry(job: Job) -> Effect:
    """Its end date has passed."""
    return Effect("job", job.id, job.identifier, "It expired: its end date has passed.")


def cancellation(run: Run, why: str) -> Effect:
    """A run is ended for this reason."""
    return Effect("job", run.job_id, run.job_identifier, f"Cancelled its run {run.id}: {why}.")


def late_slot(job: Job, slot: datetime) -> Effect:
    """A slot of it was not served in time."""
    return Effect("job", job.id, job.identifier, f"Missed its run due at {utc(slot)}.")


def outcome(run: Run, verdict: Verdict) -> Effect | None:
    """A run is over. Worth an entry where that pauses its job."""
    if attempts.PAUSED not in verdict.alerts:
        return None
    return Effect("job", run.job_id, run.job_identifier, f"Paused it after {job_display.failures(verdict.failures)}.")
