"""The end of a run: its status, what its job knows of it, and who comes next, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import as_read, find, was_overtaken
from chalicelib.jobs import due
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, audit_events, backfills, followers, places, rules, run_queue
from chalicelib.runs.attempts import Verdict
from chalicelib.runs.models import ORDER, Run, RunStatus
from chalicelib.schedules import concurrency
from chalicelib.usage_limits import accounts

MAX_ATTEMPTS = 10
"""How often the records may change under us before we leave it to the state machine's next attempt."""


@dataclass(frozen=True)
class End:
    """How a run ended, when, and at which cell (None for none)."""

    status: str
    reason: str
    at: datetime
    cell: int | None = None


def finish(run: Run, end: End) -> tuple[bool, Run | None]:
    """Make the run final. Whether it was not so already, and the queued run whose turn it is now, for the caller to begin.

    All or nothing: the run's status and its alerts; its job's runs, count of failures and pause; and the
    record of the next attempt. So each outcome counts once, whoever repeats the task and wherever it dies.

    Raises:
        Unavailable: others change the records all the time; nothing was written.
    """
    for _ in range(MAX_ATTEMPTS):
        if run.is_final:
            return False, None
        if run.cancelled_by and end.status == RunStatus.FAILED:
            end = End(RunStatus.CANCELLED, rules.must_stop(run, end.at), end.at, end.cell)
        job = find(Job, run.job_id)
        try:
            next_run = _write(run, job, end)
        except TransactWriteError as error:
            if not was_overtaken(error):
                raise
        else:
            logger.info("run_moved", extra={"run": run.id, "status": end.status, "reason": end.reason})
            run.refresh(consistent_read=True)
            return True, next_run
        run.refresh(consistent_read=True)
    raise Unavailable("Others keep changing this run's records.")


def _write(run: Run, job: Job | None, end: End) -> Run | None:
    """Raises TransactWriteError when run and job are no longer as they were read."""
    verdict = attempts.verdict(run, end.status, job)
    retry = attempts.next_attempt(run, job, end.at) if job and verdict.retry else None
    next_run, starts = None, followers.of(job, run, end.status, end.at) if not retry else []
    with (
        audit_context.by_system(audit_events.PAUSED, end.at),
        changes.transaction(audit_events.outcome(run, verdict)) as write,
    ):
        write.update(Run(run.id), actions=_on_run(job, end, verdict, retry, starts), condition=_as_read(run))
        if run.counted:
            accounts.release(write, run.owner, places.demand(run), end.at)
        if job:
            next_run = _change_job(write, job, run, end, verdict, retry)
        for follower in starts:
            followers.arrive(write, follower, run, end.at)
        if retry:
            write.save(retry, condition=Run.id.does_not_exist())
    return next_run


def _as_read(run: Run) -> Condition:
    """That the run is not over, and that what was decided by is as it was read."""
    unchanged: Condition = Run.status.is_in(*ORDER) & (Run.owner == run.owner)
    unchanged &= as_read(Run.cancelled_by, run.cancelled_by) & as_read(Run.counted, run.counted)
    return unchanged


def _on_run(job: Job | None, end: End, verdict: Verdict, retry: Run | None, starts: list[Job]) -> list[Action]:
    failures = max(verdict.failures, int(job.failures_in_a_row) if job else 0)
    actions: list[Action] = [
        Run.status.set(end.status),
        Run.status_reason.set(end.reason),
        Run.finished_at.set(end.at),
        Run.alerts.set(list(verdict.alerts)),
        Run.failures_in_a_row.set(failures),
    ]
    if end.cell:
        actions.append(Run.failed_cell.set(end.cell))
    if starts:
        actions.append(Run.starts.set([follower.id for follower in starts]))
    if retry:
        actions.append(Run.retry.set(retry.id))
    return actions


def _change_job(write: TransactWrite, job: Job, run: Run, end: End, verdict: Verdict, retry: Run | None) -> Run | None:
    """Add to the transaction: the job without this run, but with its next attempt; returns the queued run that is next."""
    left = concurrency.runs_after(job, run.id, retry.id if retry else None)
    actions, next_run = run_queue.advance(write, job, left, end.at)
    actions += [Job.failures_in_a_row.set(verdict.failures), Job.external_failures.set(verdict.external)]
    if job.last_run == run.id and not next_run:
        actions += run_queue.show_status(retry.status if retry else end.status, job.owner)
        actions += [Job.last_run.set(retry.id)] if retry else []
    if verdict.pause:
        actions += [Job.is_enabled.set(False), Job.paused_by.set(SYSTEM_ACTOR), Job.pause_reason.set(verdict.pause)]
        actions += [*due.off_schedule(job, end.at), Job.modified_at.set(end.at)]
    if attempts.CAME_LATE in verdict.alerts:
        actions.append(Job.broken_slot.remove())
    begun, new_runs = backfills.after(job, run, retry, end.at)
    actions += begun
    for new_run in new_runs:
        write.save(new_run, condition=Run.id.does_not_exist())
    unchanged = _as_decided_by(job) & backfills.unchanged(job) if begun else _as_decided_by(job)
    write.update(
        Job(job.id), actions=actions, condition=unchanged & due.schedule_unchanged(job) if verdict.pause else unchanged
    )
    return next_run or next(iter(new_runs), None)


def _as_decided_by(job: Job) -> Condition:
    """That the job is there, and what was decided by is as it was read."""
    counted: Condition = Job.failures_in_a_row == job.failures_in_a_row
    if not job.failures_in_a_row:
        counted |= Job.failures_in_a_row.does_not_exist()
    counted &= (
        run_queue.unchanged_since_read(job)
        & as_read(Job.last_run, job.last_run)
        & as_read(Job.expired_at, job.expired_at)
        & as_read(Job.broken_slot, job.broken_slot)
    )
    return counted
