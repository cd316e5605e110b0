"""What jobs are searched, filtered and sorted by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.core.search import Fields
from chalicelib.jobs import display
from chalicelib.jobs.display import JobState


def fields(now: datetime, run_statuses: Iterable[str] = ()) -> Fields:
    """As things are now: whether a job is snoozed depends on it. `run_statuses` are the words that a run's status may be, for
    whoever reads a query."""
    return Fields(
        texts=("identifier", "description", "id", "owner", "notebook_name"),
        filters={
            "state": lambda job: display.state(job, now),
            "last_run_status": lambda job: job.last_run_status,
            "size": lambda job: job.size,
            "emr_release": lambda job: job.emr_release,
            "owner": lambda job: job.owner,
            "identifier": lambda job: job.identifier,
        },
        sorts=("identifier", "last_run_at", "next_run_at", "size", "emr_release", "modified_at"),
        numbers=("size",),
        choices={"state": JobState, "last_run_status": run_statuses},
        reads=("active_run", "expired_at", "is_enabled", "snoozed_until", "last_run_status"),
    )
