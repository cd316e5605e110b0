"""Every minute: give each due slot its one run. The cost depends on what is due, not on how many jobs exist.

Slots of the coming minute get an execution each that waits for the slot's time, and then serves the slot by the job as it
is at that time: paused, edited, or the site frozen. Nothing is written before. What was not served so, dispatch serves.

A job's due slots are decided in order and in transactions of many at a time: an outage of a week leaves a job that runs
every minute ten thousand slots, each of which is recorded. A few transactions a job and minute keep the others from waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from chalicelib.core.deadline import current, take_over
from chalicelib.core.observability import logger, measure
from chalicelib.dispatch import serving
from chalicelib.jobs.models import DUE_SHARDS, Job
from chalicelib.runs import machine
from chalicelib.schedules import slots
from chalicelib.site_settings import service as site_settings

MAX_THREADS = 8
"""How many jobs are served at the same time; nearly all of that time is waiting for AWS."""
LOOK_AHEAD = timedelta(seconds=75)
"""From one dispatch to the next, with room for one that comes late."""
TIMEOUT = 45.0
"""Seconds after which the jobs that are left wait for the next minute; the function has sixty."""


def dispatch(now: datetime, timeout: float = TIMEOUT) -> int:
    """Decide on every due slot and act; returns how many jobs were due. Two dispatchers at once do each slot once.

    A job that cannot be served is logged and tried again a minute later; the others do not wait for it.
    """
    coming = sorted(
        (job for shard in DUE_SHARDS for job in Job.by_due.query(shard, Job.next_run_at <= now + LOOK_AHEAD)),
        key=lambda job: job.next_run_at,
    )
    deadline, due = time.monotonic() + timeout, [job for job in coming if job.next_run_at <= now]
    if due:
        frozen = site_settings.why_frozen()
        more_due = _serve_each(due, lambda job: serving.serve(job, now, frozen), deadline)
        for _ in range(serving.MAX_ROUNDS - 1):
            more_due = _serve_each(more_due, lambda job: serving.serve_more(job.id, now, frozen), deadline)
    _serve_each([job for job in coming if slots.is_awaited(job, now)], _await_slot, deadline)
    return len(due)


def serve_slot(job_id: str, slot: datetime, now: datetime) -> None:
    """Decide on a slot whose time has come, and on others of the job that are due; nothing where dispatch did so before, or
    where the job has another next slot by now. Clocks differ: it may be a moment before the slot by ours.
    """
    now = max(now, slot)
    frozen = site_settings.why_frozen()
    for _ in range(serving.MAX_ROUNDS):
        if not serving.serve_more(job_id, now, frozen):
            return


def _await_slot(job: Job) -> bool:
    machine.await_slot(job.id, slots.slot_id(job, job.next_run_at), job.next_run_at)
    return False


def _serve_each(jobs: list[Job], serve: Callable[[Job], bool], deadline: float) -> list[Job]:
    """Serve each job once; returns those of which more may be due."""

    def in_time(job: Job) -> bool:
        if time.monotonic() > deadline:
            logger.warning("slot_postponed", extra={"job": job.id})
            measure("SlotPostponed", about=job.id)
            return False
        return serve(job)

    if len(jobs) < 2:
        return [job for job in jobs if in_time(job)]
    with ThreadPoolExecutor(MAX_THREADS, initializer=take_over, initargs=(current(),)) as pool:
        return [job for job, more in zip(jobs, pool.map(in_time, jobs), strict=True) if more]
