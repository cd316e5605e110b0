"""Starting a run that somebody wants now: exactly one for a click, begun at once or queued."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock, idempotency
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.idempotency import Submission
from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import find, new_id, was_overtaken
from chalicelib.core.text import wall_clock_with_zone
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, backfills, factory, places, run_queue
from chalicelib.runs import service as runs
from chalicelib.runs.machine import MACHINE
from chalicelib.runs.models import Run, Trigger
from chalicelib.schedules import concurrency
from chalicelib.site_settings import service as site_settings
from chalicelib.usage_limits import accounts


def run_now(
    person: Person,
    job: Job,
    parameters: dict[str, Any] | None,
    key: str,
    now: datetime,
    complete: bool = False,
    slot: datetime | None = None,
) -> Run:
    """Run a job out of schedule, or queue that run. The same idempotency `key` again returns the first one's run.

    `parameters` take the place of the job's of the same names, for this run; `complete` says that it has no others.
    With a past `slot` of the job's schedule the run is one of that slot.

    Raises:
        Invalid: the parameters and the job's are too long together, or the job has no such slot that has passed.
        LimitReached: the job's owner may not have so many runs or workers at once.
        Conflict: the site is frozen, a run of this slot is going, or one of this job and it does not let runs overlap, or the
            key was used for something else.
    """
    content = json.dumps(parameters, sort_keys=True) + (clock.text(slot) if slot else "")
    request = idempotency.submission(person.requester, "job.run", key, content, job.id)
    outcome = idempotency.once(
        request,
        lambda: _run_now(job, parameters, complete, slot, request, now),
        lambda run_id: runs.get(person, run_id),
    )
    return outcome.record


def _run_now(
    job: Job,
    parameters: dict[str, Any] | None,
    complete: bool,
    slot: datetime | None,
    request: Submission,
    now: datetime,
) -> Run:
    run_id = new_id("r")
    for _ in range(run_queue.MAX_ATTEMPTS):
        run = _of_slot(job, slot, now) if slot else factory.of_job(job, run_id, Trigger.MANUAL, now, now)
        if parameters is not None:
            run.parameters = parameters if complete else merged(job.parameters, parameters)
        run = begun_or_queued(job, run)
        if try_store(job, run, request, f"Started an unscheduled run: {run.id}."):
            return start(run)
        job.refresh(consistent_read=True)
    raise Conflict(f"{job.identifier} was just changed. Please try again.")


def _of_slot(job: Job, moment: datetime, now: datetime) -> Run:
    slot = clock.in_utc(moment, job.timezone)
    if slot > now or job.timing.by_rule(slot - timedelta(microseconds=1)) != slot:
        raise Invalid.field("slot", f"The schedule of {job.identifier} has no slot at this moment that has passed.")
    run_id = backfills.free_id(job, slot)
    if run_id is None:
        raise Conflict("A run of this slot is in progress. Wait until it ends, or cancel it first.")
    return factory.covering(factory.of_slot(job, run_id, Trigger.MANUAL, slot, now), job)


def merged(own: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Parameters of which some are replaced.

    Raises:
        Invalid: they are too long together.
    """
    together = own | parameters
    if len(json.dumps(together)) > LIMITS.parameters:
        raise Invalid.field(
            "parameters",
            f"Together with those that stay, the parameters have more than {LIMITS.parameters:,} characters. "
            "Put them in S3.",
        )
    return together


def begun_or_queued(job: Job, run: Run) -> Run:
    """The run, not stored yet, as one that begins now, or that waits for those that are on the job.

    Raises:
        Conflict: the site is frozen, or the job does not let another run begin.
    """
    decision, reason = concurrency.decide_manual_run(job, site_settings.why_frozen())
    if decision == "refuse":
        raise Conflict(_pending_refusal(job) or reason)
    run.counted = decision == "run" or None
    return factory.queued(run, job, reason) if decision == "queue" else run


def _pending_refusal(job: Job) -> str:
    """That a further attempt is in the way, which the newest notebook may replace; "" where it is something else."""
    active = find(Run, job.active_run) if job.active_run else None
    if not active or not attempts.is_pending(active) or not active.not_before:
        return ""
    at = wall_clock_with_zone(active.not_before, job.timezone)
    return (
        f"{attempts.of(active).capitalize()} of a run of {job.identifier} is waiting to start on {at}. Cancel it first, or run "
        f"the newest notebook in its place: “repair” run {active.id}."
    )


def try_store(job: Job, run: Run, request: Submission, summary: str) -> bool:
    """Whether run and job could be written together: not when either was changed meanwhile. `summary` is the audit trail's."""

    def put(write: TransactWrite) -> None:
        write.update(Job(job.id), actions=run_queue.enqueue(job, run), condition=run_queue.unchanged_since_read(job))
        write.save(run, condition=Run.id.does_not_exist())

    return write_once(put, run, request, summary)


def write_once(put: Callable[[TransactWrite], None], run: Run, request: Submission, summary: str) -> bool:
    """Whether all could be written together with the request that made this run, and the trail's entry: not when anything was
    changed meanwhile.

    Raises:
        LimitReached: the run's owner has no room for one that begins now. One that waits gets its place later.
        BudgetReached: a budget has not as much left as one that begins now may cost.
    """
    account, demand = accounts.of(run.owner, run.created_at), places.demand(run)
    funds = places.draw(run, run.created_at) if run.counted else None
    if funds:
        account.refuse(demand)
        funds.refuse()
        run.reservation, run.owner_groups = funds.reservation, funds.groups
    try:
        with changes.transaction(Effect("job", run.job_id, run.job_identifier, summary)) as write:
            if funds:
                account.reserve(write, demand, run.created_at)
                funds.reserve(write, run.created_at)
            put(write)
            idempotency.remember(write, request, run.id, run.created_at)
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return idempotency.was_stored(request)
    return True


def start(run: Run) -> Run:
    """Start the state machine of a new run, unless it waits for others."""
    if not run.waits_for:
        MACHINE.start(run)
    return run
