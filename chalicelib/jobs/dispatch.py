"""Every minute: give each due slot its one run. The cost is that of what is due, not of how many jobs exist."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib.jobs import lifecycle, mails, runs, slots
from chalicelib.jobs.models import DUE_SHARDS, Job, Run
from chalicelib.observability import logger, metrics
from chalicelib.tables import transaction, update_if, was_rejected


def dispatch(now: datetime) -> int:
    """Decide on every due slot and act; returns how many there were. Two dispatchers at once do each slot once.

    A job that cannot be served is logged and tried again a minute later; the others do not wait for it.
    """
    due = [job for shard in DUE_SHARDS for job in Job.by_due.query(shard, Job.next_run_at <= now)]
    for job in due:
        try:
            _serve(job, now)
        except Exception:
            logger.exception("slot_failed", extra={"job": job.id})
            metrics.add_metric(name="SlotFailed", unit="Count", value=1)
    return len(due)


def _serve(job: Job, now: datetime) -> None:
    decision = slots.at_slot(job, now)
    logger.info(
        "slot", extra={"job": job.id, "slot": decision.slot, "action": decision.action, "reason": decision.reason}
    )
    metrics.add_metric(name=f"Slot{decision.action.title()}", unit="Count", value=1)
    {"run": _run, "skip": _skip, "expire": _expire}[decision.action](job, decision, now)


def _run(job: Job, decision: slots.SlotDecision, now: datetime) -> None:
    run = runs.new_run(job, slots.slot_id(job, decision.slot), "schedule", decision.slot, now)
    try:
        with transaction() as write:
            runs.create(write, job, run, next_look(decision.look_again), decision.slot)
    except TransactWriteError as error:
        _another_was_first(error)
        return
    lifecycle.begin(run)


def _skip(job: Job, decision: slots.SlotDecision, now: datetime) -> None:
    run = runs.new_run(job, slots.slot_id(job, decision.slot), "schedule", decision.slot, now)
    try:
        with transaction() as write:
            write.update(
                Job(job.id), actions=next_look(decision.look_again), condition=Job.next_run_at == decision.slot
            )
            write.save(runs.skipped(run, decision.reason, now), condition=Run.id.does_not_exist())
    except TransactWriteError as error:
        _another_was_first(error)


def _expire(job: Job, decision: slots.SlotDecision, now: datetime) -> None:
    if update_if(job, Job.next_run_at == decision.slot, [*next_look(None), Job.expired_at.set(now)]):
        mails.post_expired(job, now)


def next_look(at: datetime | None) -> list[Action]:
    """The changes by which dispatch looks at a job at that moment, or never again."""
    if at is None:
        return [Job.next_run_at.remove(), Job.due_shard.remove()]
    return [Job.next_run_at.set(at)]


def _another_was_first(error: TransactWriteError) -> None:
    """A condition that was not met means that the slot is served, or the job was changed: the next minute will tell."""
    if not was_rejected(error):
        raise error
    logger.info("slot_served_by_another")
