"""The mails about jobs: which occasion, which template, which context."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.text import wall_clock_with_zone
from chalicelib.costs import receipts
from chalicelib.jobs import display as job_display
from chalicelib.jobs.models import Job
from chalicelib.mail import outbox
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction
from chalicelib.runs import attempts
from chalicelib.runs.models import Run


def post_bad_news(run: Run, earlier: list[Run], now: datetime) -> None:
    """Tell the owner that a run failed or timed out, and why, after its last attempt; once for all of them.

    When it made atmo pause the job, the same mail says so.
    """
    occasion, pause = f"run-failed#{attempts.first_id(run)}", LinkAction("job.edit", run.job_id, run.owner)
    context = _about(run) | {"earlier": earlier, "paused": attempts.PAUSED in run.alerts}
    context |= {"cost": receipts.cost_of(run, now)}
    outbox.post(occasion, "run_failed", run.owner_email, context | {"pause": link(pause, occasion, now)}, now)


def post_recovered(run: Run, now: datetime) -> None:
    """Tell the owner that the job works again; once for each row of failures."""
    outbox.post(f"job-recovered#{run.id}", "job_recovered", run.owner_email, _about(run), now)


def _about(run: Run) -> dict[str, Any]:
    portal = settings().portal_url
    links = {"portal": portal, "page": f"{portal}/runs/{run.id}", "job_page": f"{portal}/jobs/{run.job_id}"}
    return {"run": run, "attempt": attempts.of(run), **links}


def post_expired(job: Job, now: datetime) -> None:
    """Tell the owner that the job's end date has passed and it runs no more; once for each end date."""
    page = f"{settings().portal_url}/jobs/{job.id}"
    outbox.post(f"job-expired#{job.id}#{job.end_date}", "job_expired", job.owner_email, {"job": job, "page": page}, now)


def post_late(job: Job, since: datetime, now: datetime) -> bool:
    """Tell the owner that slots of the job were missed, from this one on; once for each incident. Whether it was now."""
    context = {
        "job": job,
        "page": f"{settings().portal_url}/jobs/{job.id}?tab=runs",
        "policy": job_display.misfire_policy(job),
    }
    context |= {"due": wall_clock_with_zone(since, job.timezone), "noticed": wall_clock_with_zone(now, job.timezone)}
    return outbox.post(f"job-late#{job.id}#{clock.text(since)}", "job_late", job.owner_email, context, now)


def post_not_started(run: Run, reason: str, now: datetime) -> bool:
    """Tell the owner that a run does not get its cluster, and why; once for each run. Whether it was now."""
    context = {"run": run, "reason": reason, "page": f"{settings().portal_url}/runs/{run.id}"}
    return outbox.post(f"run-not-started#{run.id}", "run_not_started", run.owner_email, context, now)
