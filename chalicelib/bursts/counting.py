"""What arrives in S3, counted for the jobs that start then.

An object is counted once for a job, in one transaction with the job's burst: so none is lost between a burst that is being closed
and the next one, however often and in whichever order S3's events come.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition

from chalicelib.bursts.models import KEPT_FOR, ArrivedObject, burst_place
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import as_read, find, rejected_items, transaction, was_overtaken
from chalicelib.jobs import due
from chalicelib.jobs.models import Job
from chalicelib.schedules import bursts

MAX_ATTEMPTS = 12
_PAUSE = 0.02
"""Seconds before a transaction that met another one is tried again; each further time half as many more at most."""


@dataclass(frozen=True)
class NewObject:
    """One writing of an object: an object that is written again is another one."""

    bucket: str
    key: str
    writing: str


def read_event(event: Mapping[str, Any]) -> NewObject:
    """What EventBridge says of a new object.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html"""
    detail = event["detail"]
    new = detail["object"]
    writing = bursts.digest(new["key"], new.get("version-id") or "", new.get("sequencer") or "", new.get("etag") or "")
    return NewObject(detail["bucket"]["name"], new["key"], writing)


def note(new: NewObject, allowed: list[str], now: datetime) -> int:
    """Count an object for the jobs that start when it arrives, if the site still allows its place; returns for how many it was new.

    Raises:
        Unavailable: others keep changing a job; Lambda delivers the event again.
    """
    if not bursts.lies_under(f"s3://{new.bucket}/{new.key}", allowed):
        return 0
    rows = Job.by_arrival.query(new.bucket)
    return sum(_note(row.id, new, now) for row in rows if bursts.takes(row, row.on_arrival, new.bucket, new.key, now))


def _note(job_id: str, new: NewObject, now: datetime) -> bool:
    for attempt in range(MAX_ATTEMPTS):
        job = find(Job, job_id)
        if job is None or not bursts.takes(job, job.on_arrival, new.bucket, new.key, now):
            return False
        if (counted := _try_count(job, new, now)) is not None:
            return counted
        time.sleep(random.uniform(0, _PAUSE * 1.5**attempt))  # noqa: S311
    raise Unavailable(f"The job {job_id} is being changed.")


def _try_count(job: Job, new: NewObject, now: datetime) -> bool | None:
    """Whether the object was new for the job; None when somebody else changed the job meanwhile."""
    try:
        _count(job, new, now)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        if not any(rejected_items(error)[:1]):
            return None
        logger.info("object_counted_before", extra={"job": job.id})
        return False
    return True


def _count(job: Job, new: NewObject, now: datetime) -> None:
    since, ttl = job.burst_since or now, int((now + KEPT_FOR).timestamp())
    over_at = bursts.over_at(since, int(job.burst_objects or 0) + 1, job.quiet_minutes, now)
    with transaction() as write:
        write.save(ArrivedObject(job.id, new.writing, ttl=ttl), condition=ArrivedObject.name.does_not_exist())
        write.save(ArrivedObject(burst_place(job.id, since), bursts.digest(new.key), key=new.key, ttl=ttl))
        write.update(
            Job(job.id),
            actions=[Job.burst_since.set(since), Job.burst_objects.add(1), *due.due_at(job, over_at)],
            condition=_takes_still(job),
        )


def _takes_still(job: Job) -> Condition:
    unchanged: Condition = as_read(Job.burst_since, job.burst_since) & (Job.modified_at == job.modified_at)
    unchanged &= Job.is_enabled == True  # noqa: E712
    return unchanged
