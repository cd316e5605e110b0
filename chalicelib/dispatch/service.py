"""Every minute: give each due slot its one run. The cost depends on what is due, not on how many jobs exist.

Slots of the coming minute get an execution each that waits for the slot's time, and then serves the slot by the job as it
is at that time: paused, edited, or the site frozen. Nothing is written before. What was not served so, dispatch serves.

A job's due slots are decided in order and in transactions of many at a time: an outage of a week leaves a job that runs
every minute ten thousand slots, each of which is recorded. A few transactions a job and minute keep the others from waiting.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.core.deadline import current, take_over
from chalicelib.core.errors import Conflict
from chalicelib.core.observability import logger, measure, report_failure
from chalicelib.core.tables import find, rejected_items, was_overtaken
from chalicelib.jobs import due
from chalicelib.jobs.models import DUE_SHARDS, Job
from chalicelib.runs import alerts, audit_events, factory, lifecycle, metrics, run_queue
from chalicelib.runs.models import Run, Trigger
from chalicelib.schedules import slots
from chalicelib.schedules.slots import Plan, SlotDecision
from chalicelib.site_settings import service as site_settings

MAX_ROUNDS = 5
"""How many transactions one job gets in one dispatch."""
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
        more_due = _serve_each(due, lambda job: _serve(job, now, frozen), deadline)
        for _ in range(MAX_ROUNDS - 1):
            more_due = _serve_each(more_due, lambda job: _serve_more(job.id, now, frozen), deadline)
    _serve_each([job for job in coming if slots.is_awaited(job, now)], _await_slot, deadline)
    return len(due)


def serve_slot(job_id: str, slot: datetime, now: datetime) -> None:
    """Decide on a slot whose time has come, and on others of the job that are due; nothing where dispatch did so before, or
    where the job has another next slot by now. Clocks differ: it may be a moment before the slot by ours.
    """
    now = max(now, slot)
    frozen = site_settings.why_frozen()
    for _ in range(MAX_ROUNDS):
        if not _serve_more(job_id, now, frozen):
            return


def _await_slot(job: Job) -> bool:
    lifecycle.await_slot(job.id, slots.slot_id(job, job.next_run_at), job.next_run_at)
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


def _serve_more(job_id: str, now: datetime, frozen: str) -> bool:
    """Serve a job of which more was due, or that was another one than the index said."""
    job = find(Job, job_id)
    return _serve(job, now, frozen) if job and job.next_run_at and job.next_run_at <= now else False


def _serve(job: Job, now: datetime, frozen: str) -> bool:
    """Decide and act once; whether more of this job may be due."""
    try:
        plan = slots.plan(job, now, frozen)
        return _act(job, plan, slots.late_since(job, plan, now, frozen), now) if plan.decisions else False
    except Exception:
        report_failure("slot_failed", about=job.id, job=job.id)
        return False


def _act(job: Job, plan: Plan, late_since: datetime | None, now: datetime) -> bool:
    """Mails come first: they are true by now, and posted once, however often we come here."""
    *_, last = plan.decisions
    if last.action == "expire":
        alerts.tell_expired(job, now)
    if late_since and alerts.tell_late(job, late_since, now):
        metrics.count_late_slot(job, late_since, now)
        audit_events.record_late_slot(job, late_since, now)
    new_runs = _new_runs(job, plan.decisions, now)
    if not _store_new_runs(job, plan, new_runs, late_since, now):
        return True
    metrics.count_slots(job, plan.decisions)
    if last.action == "run":
        lifecycle.MACHINE.start(new_runs[-1])
    return plan.next_look is not None and plan.next_look <= now


def _new_runs(job: Job, decisions: Iterable[SlotDecision], now: datetime) -> list[Run]:
    """The runs of these slots, not stored yet. Each is a little later than the one before, so that lists keep their order."""
    slots_of_runs = (decision for decision in decisions if decision.action != "expire")
    return [
        _new_run(job, decision, now + timedelta(microseconds=after)) for after, decision in enumerate(slots_of_runs)
    ]


def _new_run(job: Job, decision: SlotDecision, now: datetime) -> Run:
    run = factory.of_slot(job, slots.slot_id(job, decision.slot), Trigger.SCHEDULE, decision.slot, now)
    if decision.action == "skip":
        return factory.skipped(run, decision.reason, now)
    factory.covering(run, job)
    return factory.queued(run, job, decision.reason) if decision.action == "queue" else run


def _store_new_runs(job: Job, plan: Plan, new_runs: list[Run], late_since: datetime | None, now: datetime) -> bool:
    """Whether the job was still as it was read; if not, somebody else served the slots, or changed the job.

    A slot that has its run, as one may after the schedule was changed back and forth, is passed over.
    """
    effect = audit_events.expiry(job) if plan.decisions[-1].action == "expire" else None
    try:
        with audit_context.by_system(audit_events.EXPIRED, now), changes.transaction(effect) as write:
            for run in new_runs:
                write.save(run, condition=Run.id.does_not_exist())
            write.update(
                Job(job.id),
                actions=_job_changes(job, plan, new_runs, late_since, now),
                condition=run_queue.unchanged_since_read(job) & due.schedule_unchanged(job),
            )
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        *puts, job_changed = rejected_items(
            error
        )  # in this order: what is put, the trail's entry last, then what is updated
        existing = puts[: len(new_runs)]
        if any(existing) and not job_changed:
            new = [run for run, exists in zip(new_runs, existing, strict=True) if not exists]
            return _store_new_runs(job, plan, new, late_since, now)
        logger.info("slot_served_by_another", extra={"job": job.id})
        return False
    return True


def _job_changes(job: Job, plan: Plan, new_runs: list[Run], late_since: datetime | None, now: datetime) -> list[Action]:
    changes = next_look_changes(plan.next_look)
    if late_since != job.late_since:
        changes.append(Job.late_since.set(late_since) if late_since else Job.late_since.remove())
    if plan.decisions[-1].action == "expire":
        changes.append(Job.expired_at.set(now))
    return [*changes, *(change for run in new_runs if not run.is_final for change in run_queue.enqueue(job, run))]


def skip_due_slots(job: Job, reason: str, now: datetime) -> None:
    """Record the slots that are due and were not served as skipped for this reason, before their schedule is gone.

    Raises:
        Conflict: there are very many of them, from an outage; dispatch gets on with them.
    """
    for _ in range(MAX_ROUNDS):
        if job.next_run_at is None or job.next_run_at > now:
            return
        decisions = slots.plan(job, now, frozen=reason).decisions
        skips = tuple(decision for decision in decisions if decision.action == "skip")
        if not skips:
            return
        plan = Plan(skips, slots.next_look(job, skips[-1].slot) if job.is_enabled else None)
        if _store_new_runs(job, plan, _new_runs(job, skips, now), job.late_since, now):
            metrics.count_slots(job, skips)
        job.refresh(consistent_read=True)
    raise Conflict(f"Missed runs of {job.identifier} are still being recorded. Please try again in a few minutes.")


def next_look_changes(at: datetime | None) -> list[Action]:
    """The changes by which dispatch looks at a job at that moment, or never again."""
    if at is None:
        return [Job.next_run_at.remove(), Job.due_shard.remove()]
    return [Job.next_run_at.set(at)]
