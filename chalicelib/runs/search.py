"""What runs are searched, filtered and sorted by."""

from __future__ import annotations

from chalicelib.core.search import Fields
from chalicelib.runs.models import RunStatus, Trigger

FIELDS = Fields(
    texts=("job_identifier", "id", "owner", "jobflow_id", "notebook_name", "status_reason"),
    filters={
        "status": lambda run: run.status,
        "trigger": lambda run: run.trigger,
        "size": lambda run: run.size,
        "emr_release": lambda run: run.emr_release,
        "owner": lambda run: run.owner,
        "identifier": lambda run: run.job_identifier,
    },
    sorts=("job_identifier", "status", "size", "scheduled_at", "started_at", "finished_at"),
    numbers=("size",),
    choices={"status": RunStatus, "trigger": Trigger},
    reads=("trigger", "emr_release"),
)
