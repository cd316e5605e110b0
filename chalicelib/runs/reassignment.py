"""The earlier runs of a job that was transferred: lists find them by their owner, and they stay the new owner's without the job."""

from __future__ import annotations

from pynamodb.exceptions import PynamoDBException

from chalicelib.core.observability import report_failure
from chalicelib.core.tables import MAX_ITEMS, transaction
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run

MAX_REASSIGNED = 500
"""How many of the latest runs are written anew; older ones are on the job's page, as all are."""


def reassign(job: Job) -> None:
    """Make the job's latest runs its owner's. The transfer has happened and stands; while the job exists, its record says whose its
    runs are, so what cannot be written is only missing from lists."""
    latest = Run.by_job.query(job.id, scan_index_forward=False, attributes_to_get=["id", "owner"], limit=MAX_REASSIGNED)
    try:
        for runs in _batches([run for run in latest if run.owner != job.owner]):
            with transaction() as write:
                for run in runs:
                    theirs = [Run.owner.set(job.owner), Run.owner_email.set(job.owner_email)]
                    write.update(Run(run.id), actions=[*theirs], condition=Run.id.exists())
    except PynamoDBException:
        report_failure("runs_not_reassigned", job=job.id)


def _batches(runs: list[Run]) -> list[list[Run]]:
    return [runs[start : start + MAX_ITEMS] for start in range(0, len(runs), MAX_ITEMS)]
