"""The jobs that a job waits for, when it starts after another one."""

from __future__ import annotations

from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import find
from chalicelib.jobs.models import Job


def before(job: Job) -> list[Job]:
    """What a job waits for, the nearest first; a deleted job ends it. None for a job with a schedule of its own."""
    jobs: list[Job] = []
    while job.after_job and len(jobs) < LIMITS.chain and (previous := find(Job, job.after_job)):
        jobs.append(job := previous)
    return jobs
