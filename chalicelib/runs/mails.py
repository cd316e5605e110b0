"""The mails about jobs: which occasion, which template, which context."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.tables import find
from chalicelib.core.text import wall_clock_with_zone
from chalicelib.costs import receipts
from chalicelib.jobs import display as job_display
from chalicelib.jobs.models import Job
from chalicelib.mail import outbox
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction
from chalicelib.runs import attempts
from chalicelib.runs.lateness import Broken
from chalicelib.runs.models import Run
from chalicelib.site_settings import service as site_settings


def post_bad_news(run: Run, earlier: list[Run], now: datetime) -> None:
    """Tell the owner that a run failed or timed out, and why, after its last attempt; once for all of them.

    When it made atmo pause the job, the same mail says so.
    """
    occasion, pause = f"run-failed#{attempts.first_id(run)}", LinkAction("job.edit", run.job_id, run.owner)
    context = _about(run) | {"earlier": earlier, "paused": attempts.PAUSED in run.alerts}
    context |= {"cost": receipts.cost_of(run, now), "description": _description(run)}
    context |= {"pause": link(pause, occasion, now)}
    outbox.post_with_copy(occasion, "run_failed", run.owner_email, context, now, _team(now), links=("pause",))


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
    occasion, context = f"job-expired#{job.id}#{job.end_date}", {"job": job, "page": page}
    outbox.post_with_copy(occasion, "job_expired", job.owner_email, context, now, _team(now))


def post_job_before_gone(follower: Job, before: Job, why: str, now: datetime) -> None:
    """Tell the owner of a job that nothing starts it any more, since the job before it "was deleted", or the like; once."""
    page = f"{settings().portal_url}/jobs/{follower.id}"
    context = {"job": follower, "page": page, "before": before.identifier, "why": why}
    occasion = f"job-before-gone#{follower.id}#{before.id}#{why}"
    outbox.post(occasion, "job_before_gone", follower.owner_email, context, now)


def post_late(job: Job, since: datetime, now: datetime) -> bool:
    """Tell the owner that slots of the job were missed, from this one on; once for each incident. Whether it was now."""
    context = {
        "job": job,
        "page": f"{settings().portal_url}/jobs/{job.id}?tab=runs",
        "policy": job_display.misfire_policy(job),
        "description": job.description,
    }
    context |= {"due": wall_clock_with_zone(since, job.timezone), "noticed": wall_clock_with_zone(now, job.timezone)}
    occasion = f"job-late#{job.id}#{clock.text(since)}"
    return outbox.post_with_copy(occasion, "job_late", job.owner_email, context, now, _team(now))


def post_not_started(run: Run, reason: str, now: datetime) -> bool:
    """Tell the owner that a run does not get its cluster, and why; once for each run. Whether it was now."""
    page = f"{settings().portal_url}/runs/{run.id}"
    context = {"run": run, "reason": reason, "page": page, "description": _description(run)}
    occasion = f"run-not-started#{run.id}"
    return outbox.post_with_copy(occasion, "run_not_started", run.owner_email, context, now, _team(now))


def post_broken(job: Job, broken: Broken, moment: datetime, now: datetime) -> None:
    """Tell the owner that a result is not there by when it was promised, and when to expect it; once for each slot."""
    portal, zone = settings().portal_url, job.timezone
    page = f"{portal}/runs/{broken.run.id}" if broken.run else f"{portal}/jobs/{job.id}?tab=runs"
    context = {"job": job, "page": page, "description": job.description, "known": broken.known, "usual": broken.usual}
    context |= {"promised": wall_clock_with_zone(moment, zone), "due": wall_clock_with_zone(broken.slot, zone)}
    context |= {"expected": wall_clock_with_zone(broken.expected_at, zone) if broken.expected_at else ""}
    occasion = f"promise-broken#{job.id}#{clock.text(broken.slot)}"
    outbox.post_with_copy(occasion, "promise_broken", job.owner_email, context, now, _team(now))


def post_came_late(run: Run, now: datetime) -> None:
    """Tell the owner that a result is there which was promised earlier; once for each slot that it was told of."""
    outbox.post_with_copy(
        f"promise-kept-late#{run.id}", "promise_kept_late", run.owner_email, _about(run), now, _team(now)
    )


def post_skipping(job: Job, slot: datetime, reason: str, now: datetime) -> None:
    """Tell the owner that runs are skipped as the one before was still going; at most once a day."""
    page = f"{settings().portal_url}/jobs/{job.id}?tab=runs"
    context = {"job": job, "page": page, "reason": reason, "due": wall_clock_with_zone(slot, job.timezone)}
    occasion = f"job-skipping#{job.id}#{day_of(job, slot)}"
    outbox.post(occasion, "job_skipping", job.owner_email, context, now)


def day_of(job: Job, slot: datetime) -> str:
    """The day of a slot by the clock of the job's zone."""
    return f"{slot.astimezone(ZoneInfo(job.timezone)):%Y-%m-%d}"


def post_unusually_long(run: Run, reason: str, now: datetime) -> bool:
    """Tell the owner that a run takes far longer than usual; once for each run. Whether it was now."""
    context = _about(run) | {"reason": reason, "description": _description(run)}
    return outbox.post(f"run-unusually-long#{run.id}", "run_unusually_long", run.owner_email, context, now)


def _description(run: Run) -> str:
    """What its job is for; "" if that is gone."""
    job = find(Job, run.job_id)
    return job.description if job else ""


def _team(now: datetime) -> str | None:
    return site_settings.current(now).team_mail
