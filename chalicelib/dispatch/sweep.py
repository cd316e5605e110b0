"""Every five minutes: slots that dispatch should have served and did not."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.text import utc
from chalicelib.dispatch import service as dispatch
from chalicelib.dispatch import serving
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobs.models import DUE_SHARDS, Job
from chalicelib.schedules import slots
from chalicelib.site_settings import service as site_settings


def make_up_for_dispatch(report: Report, now: datetime) -> None:
    """Serve slots that dispatch should have served minutes ago, and tell their owners. Usually there are none."""
    frozen = ""
    late = [job for shard in DUE_SHARDS for job in Job.by_due.query(shard, Job.next_run_at < now - slots.MISSED)]
    if late:
        frozen = site_settings.why_frozen()
    for job in late:
        with report.serving(job.id):
            since = slots.late_since(job, serving.plan_of(job, now, frozen), now, frozen)
            if since and since != job.late_since:
                served = f"Its run due at {utc(since)} is being started now."
                report.add("unserved", served, name=job.identifier, record=job.id)
    if late:
        dispatch.dispatch(now)
