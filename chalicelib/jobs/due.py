"""When dispatch looks at a job next, and the sweep at its promise: its places in the sparse indexes of jobs that are due."""

from __future__ import annotations

import zlib
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core.tables import as_read
from chalicelib.jobs.models import DUE_SHARDS, PROMISING, Job
from chalicelib.schedules import promises


def due_at(job: Job, at: datetime) -> list[Action]:
    """The changes of the job by which dispatch looks at it at that moment."""
    return [Job.due_shard.set(shard_of(job.id)), Job.next_run_at.set(at)]


def next_look_changes(at: datetime | None) -> list[Action]:
    """The changes by which dispatch looks at a job at that moment, or never again."""
    if at is None:
        return [Job.next_run_at.remove(), Job.due_shard.remove()]
    return [Job.next_run_at.set(at)]


def off_schedule(job: Job, now: datetime) -> list[Action]:
    """The changes of the job by which dispatch looks at it no more. When a slot is due, dispatch does that, and records it."""
    if job.next_run_at and job.next_run_at <= now:
        return []
    return [Job.next_run_at.remove(), Job.due_shard.remove(), *burst_over()]


def burst_over() -> list[Action]:
    """The changes by which there is nothing that has arrived for the job."""
    return [Job.burst_since.remove(), Job.burst_objects.remove()]


def schedule_unchanged(job: Job) -> Condition:
    """That dispatch looks at the job next when it did as the job was read."""
    return as_read(Job.next_run_at, job.next_run_at)


def promise_changes(job: Job, after: datetime) -> list[Action]:
    """The changes by which the sweep looks at the job's promise when it is due next after a moment, or never where it has none."""
    if not job.promised_by:
        return [Job.promising.remove(), Job.next_promise_at.remove(), Job.broken_slot.remove()]
    at = promises.next_moment(job.promised_by, job.timezone, after)
    return [Job.promising.set(PROMISING), Job.next_promise_at.set(at)]


def shard_of(job_id: str) -> str:
    """The partition of the index in which dispatch finds the job when it is due."""
    return DUE_SHARDS[zlib.crc32(job_id.encode()) % len(DUE_SHARDS)]
