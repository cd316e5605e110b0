"""Every five minutes: runs that take unusually long are told while they go on, once each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.core.tables import find, update_if
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobs.models import Job
from chalicelib.runs import lateness, latest_runs, rules
from chalicelib.runs.models import Run


def watch(live: Iterable[Run], report: Report, now: datetime) -> None:
    """Look at runs that have gone on for a while. Each one's job is read once, and again when the time has come."""
    for run in live:
        if run.started_at and not run.is_final and now - run.started_at > lateness.LEAST:
            with report.serving(run.id):
                _look(run, now)


def _look(run: Run, now: datetime) -> None:
    if run.unusual_from and now < run.unusual_from:
        return
    usual = _usual(run)
    if not run.unusual_from:
        # Where nothing is known, its timeout comes first.
        unusual_from = (lateness.is_unusual_from(run, usual) if usual else None) or rules.deadline(run)
        update_if(run, Run.id.exists(), [Run.unusual_from.set(unusual_from)])
    if usual and lateness.is_unusually_long(run, now):
        from chalicelib.runs import alerts  # mails and webhooks, for the few runs that take so long

        alerts.tell_unusually_long(run, usual, now)


def _usual(run: Run) -> timedelta | None:
    """How long the job's runs on as many workers usually take; None where too few have succeeded."""
    job = find(Job, run.job_id)
    return lateness.usual_before(run, latest_runs.of_size(job, int(run.size))) if job else None
