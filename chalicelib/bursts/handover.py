"""What has arrived for a job, handed over to the run that its burst gets."""

from __future__ import annotations

import json

from pynamodb.expressions.condition import Condition

from chalicelib.bursts.models import ArrivedObject, burst_place
from chalicelib.core.config import settings
from chalicelib.core.tables import as_read
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run
from chalicelib.schedules import bursts


def unchanged(job: Job) -> Condition:
    """That nothing has arrived for the job since it was read."""
    same: Condition = as_read(Job.burst_since, job.burst_since) & as_read(Job.burst_objects, job.burst_objects)
    return same


def count(job: Job, run: Run) -> None:
    """Say on the run of the job's burst where its objects arrived, and how many."""
    run.on_arrival, run.objects = job.on_arrival, job.burst_objects


def hand_over(job: Job, run: Run, is_run: bool) -> None:
    """Give the run of the job's burst the keys of its objects: some on its record, and where there are more all of them as a file
    among its results, unless it is the record of one that is not run.

    Raises:
        Unavailable: S3 does not answer.
    """
    records = ArrivedObject.query(burst_place(job.id, job.burst_since), consistent_read=True)
    keys = sorted({str(record.key) for record in records})
    run.objects, run.keys = len(keys), bursts.named(keys)
    if is_run and len(run.keys) < len(keys):
        from chalicelib.aws import s3  # for the few bursts that are so large
        from chalicelib.runs import results

        run.keys_file = f"{run.results_prefix}{results.KEYS_FILE}"
        s3.put(settings().results_bucket, run.keys_file, json.dumps(keys).encode(), "application/json")
