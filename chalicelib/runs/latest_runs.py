"""The latest runs of a job, read for what they tell of the next ones."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core.pagination import newest_first
from chalicelib.jobs.models import Job
from chalicelib.runs import history, right_size
from chalicelib.runs.models import Run

LOOKED_AT = 20
"""Earlier runs that are read to find those that succeeded."""


def newest(job: Job, limit: int, shows: Sequence[str]) -> list[Run]:
    """The latest runs of a job, with these attributes alone (chalicelib/core/rows.py)."""
    return newest_first(Run.by_job, {"job_id": job.id}, limit, None, shows=shows).items


def of_size(job: Job, size: int) -> list[Run]:
    """The job's latest runs on so many workers, with what tells how long they took, and what of the cluster they used."""
    shows = (*history.SHOWN, *right_size.READ)
    return [run for run in newest(job, LOOKED_AT, shows) if int(run.size) == size]
