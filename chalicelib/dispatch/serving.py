"""The due slots of one job: decided on, recorded with their runs in one transaction, and acted upon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.bursts import handover
from chalicelib.core.errors import Conflict
from chalicelib.core.observability import logger, report_failure
from chalicelib.core.tables import as_read, find, rejected_items, was_overtaken
from chalicelib.dispatch import visibility
from chalicelib.jobs import due
from chalicelib.jobs.models import Job
from chalicelib.runs import audit_events, factory, machine, metrics, run_queue
from chalicelib.runs.models import Run, Trigger
from chalicelib.schedules import slots, triggers
from chalicelib.schedules.schedule import AFTER
from chalicelib.schedules.slots import Plan, SlotDecision
from chalicelib.schedules.triggers import Arrival

MAX_ROUNDS = 5
"""How many transactions one job gets in one dispatch."""


def serve_more(job_id: str, now: datetime, frozen: str) -> bool:
    """Serve a job of which more was due, or that was another one than the index said."""
    job = find(Job, job_id)
    return serve(job, now, frozen) if job and job.next_run_at and job.next_run_at <= now else False


def serve(job: Job, now: datetime, frozen: str) -> bool:
    """Decide and act once; whether more of this job may be due."""
    try:
        if not frozen and job.arrivals and (before := visibility.hidden_job_before(job)):
            frozen = visibility.tell(job, before, now)
        plan = plan_of(job, now, frozen)
        return _act(job, plan, slots.late_since(job, plan, now, frozen), now) if plan.decisions else False
    except Exception:
        report_failure("slot_failed", about=job.id, job=job.id)
        return False


def plan_of(job: Job, now: datetime, frozen: str = "") -> Plan:
    """What to do about what is due of the job: its slots, or ends of runs of the job that it starts after."""
    if job.schedule == AFTER or job.arrivals:
        return triggers.plan(job, triggers.arrivals(job.arrivals), now, frozen)
    return slots.plan(job, now, frozen)


def _act(job: Job, plan: Plan, late_since: datetime | None, now: datetime) -> bool:
    """Mails come first: they are true by now, and posted once, however often we come here."""
    *_, last = plan.decisions
    overlapping = next((decision for decision in plan.decisions if decision.overlaps), None)
    if last.action == "expire" or late_since or overlapping:
        _tell(job, last, late_since, overlapping, now)
    new_runs = _new_runs(job, plan.decisions, now)
    if job.burst_since:
        for run in new_runs:
            handover.hand_over(job, run, is_run=not run.is_final)
    if not _store_new_runs(job, plan, new_runs, late_since, now):
        return True
    metrics.count_slots(job, plan.decisions)
    if last.action == "run":
        machine.MACHINE.start(new_runs[-1])
    return plan.next_look is not None and plan.next_look <= now


def _tell(
    job: Job, last: SlotDecision, late_since: datetime | None, overlapping: SlotDecision | None, now: datetime
) -> None:
    from chalicelib.runs import alerts  # mails and webhooks, for the few slots worth telling about

    if last.action == "expire":
        alerts.tell_expired(job, now)
    if late_since and alerts.tell_late(job, late_since, now):
        metrics.count_late_slot(job, late_since, now)
    if overlapping:
        alerts.tell_skipping(job, overlapping.slot, overlapping.reason, now)


def _new_runs(job: Job, decisions: Iterable[SlotDecision], now: datetime) -> list[Run]:
    """The runs of these slots, not stored yet. Each is a little later than the one before, so that lists keep their order."""
    slots_of_runs = (decision for decision in decisions if decision.action != "expire")
    return [
        _new_run(job, decision, now + timedelta(microseconds=after)) for after, decision in enumerate(slots_of_runs)
    ]


def _new_run(job: Job, decision: SlotDecision, now: datetime) -> Run:
    if arrival := _arrival(job, decision):
        run = factory.after_run(job, arrival, now)
    elif job.burst_since:
        run = factory.of_burst(job, decision.slot, now)
        handover.count(job, run)
    else:
        run = factory.of_slot(job, slots.slot_id(job, decision.slot), Trigger.SCHEDULE, decision.slot, now)
    if decision.action == "skip":
        return factory.skipped(run, decision.reason, now)
    if run.slot:
        factory.covering(run, job)
    return factory.queued(run, job, decision.reason) if decision.action == "queue" else run


def _arrival(job: Job, decision: SlotDecision) -> Arrival | None:
    return next((each for each in triggers.arrivals(job.arrivals) if each.run == decision.after), None)


def _store_new_runs(job: Job, plan: Plan, new_runs: list[Run], late_since: datetime | None, now: datetime) -> bool:
    """Whether the job was still as it was read; if not, somebody else served the slots, or changed the job.

    A slot that has its run, as one may after the schedule was changed back and forth, is passed over.
    """
    effect = audit_events.expiry(job) if plan.decisions[-1].action == "expire" else None
    try:
        with audit_context.by_system(audit_events.EXPIRED, now), changes.transaction(effect) as write:
            for run in new_runs:
                write.save(run, condition=Run.id.does_not_exist())
            if late_since and late_since != job.late_since:
                changes.enter_by_system(write, audit_events.LATE, audit_events.late_slot(job, late_since), now)
            write.update(
                Job(job.id),
                actions=_job_changes(job, plan, new_runs, late_since, now),
                condition=run_queue.unchanged_since_read(job)
                & due.schedule_unchanged(job)
                & handover.unchanged(job)
                & as_read(Job.arrivals, job.arrivals),
            )
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        *puts, job_changed = rejected_items(
            error
        )  # in this order: what is put, the trail's entries last, then what is updated
        existing = puts[: len(new_runs)]
        if any(existing) and not job_changed:
            new = [run for run, exists in zip(new_runs, existing, strict=True) if not exists]
            return _store_new_runs(job, plan, new, late_since, now)
        logger.info("slot_served_by_another", extra={"job": job.id})
        return False
    return True


def _job_changes(job: Job, plan: Plan, new_runs: list[Run], late_since: datetime | None, now: datetime) -> list[Action]:
    changes = due.next_look_changes(plan.next_look)
    if late_since != job.late_since:
        changes.append(Job.late_since.set(late_since) if late_since else Job.late_since.remove())
    if plan.decisions[-1].action == "expire":
        changes.append(Job.expired_at.set(now))
    if job.burst_since:
        changes += due.burst_over()
    arrived = [arrival for decision in plan.decisions if (arrival := _arrival(job, decision))]
    if arrived:
        changes.append(Job.arrivals.delete({arrival.as_text() for arrival in arrived}))
    return [*changes, *(change for run in new_runs if not run.is_final for change in run_queue.enqueue(job, run))]


def skip_due_slots(job: Job, reason: str, now: datetime) -> None:
    """Record the slots that are due and were not served as skipped for this reason, before their schedule is gone.

    Raises:
        Conflict: there are very many of them, from an outage; dispatch gets on with them.
    """
    for _ in range(MAX_ROUNDS):
        if job.next_run_at is None or job.next_run_at > now:
            return
        planned = plan_of(job, now, frozen=reason)
        skips = tuple(decision for decision in planned.decisions if decision.action == "skip")
        if not skips:
            return
        next_look = planned.next_look if job.arrivals else slots.next_look(job, skips[-1].slot)
        plan = Plan(skips, next_look if job.is_enabled else None)
        if _store_new_runs(job, plan, _new_runs(job, skips, now), job.late_since, now):
            metrics.count_slots(job, skips)
        job.refresh(consistent_read=True)
    raise Conflict(f"Missed runs of {job.identifier} are still being recorded. Please try again in a few minutes.")
