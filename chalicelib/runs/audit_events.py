"""What the system did by itself to jobs, for the audit trail. Call each where the change of state was won."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit import service as audit
from chalicelib.core.text import utc
from chalicelib.jobs import display as job_display
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts
from chalicelib.runs.models import Run


def record_expiry(job: Job, now: datetime) -> None:
    """Its end date has passed."""
    audit.record_system_event("job.expired", "job", job.id, job.identifier, "It expired: its end date has passed.", now)


def record_late_slot(job: Job, slot: datetime, now: datetime) -> None:
    """A slot of it was not served in time."""
    audit.record_system_event("job.late", "job", job.id, job.identifier, f"Missed its run due at {utc(slot)}.", now)


def record_outcome(run: Run, now: datetime) -> None:
    """A run is over. Worth an entry where that paused its job."""
    if attempts.PAUSED in run.alerts:
        summary = f"Paused it after {job_display.failures(int(run.failures_in_a_row))}."
        audit.record_system_event("job.paused", "job", run.job_id, run.job_identifier, summary, now)
