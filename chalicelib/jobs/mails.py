"""The mails about jobs: which occasion, which template, which context."""

from __future__ import annotations

from datetime import datetime

from chalicelib.config import settings
from chalicelib.jobs.models import FAILED, TIMED_OUT, Job, Run
from chalicelib.mails import outbox


def post_bad_news(run: Run, now: datetime) -> None:
    """Tell the owner that a run failed or timed out, and why; once for each run."""
    if run.status in (FAILED, TIMED_OUT) and not run.retry:
        page = f"{settings().portal_url}/runs/{run.id}"
        outbox.post(f"run-failed#{run.id}", "run_failed", run.owner_email, {"run": run, "page": page}, now)


def post_expired(job: Job, now: datetime) -> None:
    """Tell the owner that the job's end date has passed and it runs no more; once for each end date."""
    page = f"{settings().portal_url}/jobs/{job.id}"
    outbox.post(f"job-expired#{job.id}#{job.end_date}", "job_expired", job.owner_email, {"job": job, "page": page}, now)
