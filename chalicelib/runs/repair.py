"""Run again what failed, mended: with the job's newest notebook and settings, and the failed run's slot and parameters.

Where a further attempt of the failed run waits for its time, the new run takes its place, also in the job's queue.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.core import idempotency
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.idempotency import Submission
from chalicelib.core.tables import find, new_id
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.runs import attempts, emr_sync, factory, run_queue, starting
from chalicelib.runs import service as runs
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.schedules import concurrency
from chalicelib.site_settings import service as site_settings

DELETED = "The job of this run was deleted, so there is nothing to run again."
REPAIRABLE = frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT, RunStatus.CANCELLED})


def repair(person: Person, run_id: str, parameters: dict[str, Any] | None, key: str, now: datetime) -> Run:
    """Run a failed run again, mended; `run_id` may also be the attempt that waits. `parameters` take the place of its own of the
    same names. The same idempotency `key` again returns the first one's run.

    Raises:
        NotFound, Forbidden: as `runs.get` has it, or its job was deleted.
        Invalid: the parameters are too long together.
        Conflict: the run has not failed, the site is frozen, or the job does not let another run begin.
    """
    run = runs.get(person, run_id, "run.repair")
    if find(Job, run.job_id) is None:
        raise NotFound(DELETED)
    request = idempotency.submission(
        person.requester, "run.repair", key, json.dumps(parameters, sort_keys=True), run.id
    )
    outcome = idempotency.once(
        request, lambda: _repair(person, run, parameters or {}, request, now), lambda new: runs.get(person, new)
    )
    return outcome.record


def pending_attempt(job: Job, run: Run | None = None) -> Run | None:
    """The attempt that waits for its time on the job: of this run's incident, or of any."""
    waiting = (find(Run, run_id) for run_id in concurrency.unfinished_runs(job))
    return next((each for each in waiting if each and attempts.is_pending(each) and _is_of(each, run)), None)


def _is_of(attempt: Run, run: Run | None) -> bool:
    return run is None or attempts.first_id(attempt) == attempts.first_id(run)


def _repair(person: Person, run: Run, parameters: dict[str, Any], request: Submission, now: datetime) -> Run:
    new_run_id = new_id("r")
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = find(Job, run.job_id)
        if job is None:
            raise NotFound(DELETED)
        pending = pending_attempt(job, run)
        if not pending and run.status not in REPAIRABLE:
            raise Conflict(
                "Only a run that failed, timed out or was cancelled can be run again with the newest notebook."
            )
        new_run = _mended(job, run, parameters, new_run_id, now)
        if pending:
            stored = _try_replace(job, pending, new_run, person.username, request)
        else:
            stored = starting.try_store(
                job, new_run := starting.begun_or_queued(job, new_run), request, _summary(new_run)
            )
        if stored:
            return _start(new_run, pending)
    raise Conflict(f"{run.job_identifier} was just changed. Please try again.")


def _mended(job: Job, run: Run, parameters: dict[str, Any], run_id: str, now: datetime) -> Run:
    new_run = factory.of_job(job, run_id, Trigger.REPAIR, run.slot or now, now)
    new_run.parameters, new_run.repair_of = starting.merged(run.parameters, parameters), run.id
    new_run.after, new_run.after_run, new_run.after_slot = run.after, run.after_run, run.after_slot
    new_run.on_arrival, new_run.objects = run.on_arrival, run.objects
    new_run.keys, new_run.keys_file = run.keys, run.keys_file
    new_run.slot, new_run.previous_slot, new_run.timezone = run.slot, run.previous_slot, run.timezone
    new_run.promised_at = run.promised_at
    return new_run


def _start(new_run: Run, replaced: Run | None) -> Run:
    starting.start(new_run)
    if replaced:
        replaced.refresh(consistent_read=True)
        emr_sync.wake_execution(replaced)
    return new_run


def _try_replace(job: Job, pending: Run, new_run: Run, by: str, request: Submission) -> bool:
    """Whether the new run could take the place of the attempt: not when that is being launched, or the job was changed."""
    if frozen := site_settings.why_frozen():
        raise Conflict(frozen)

    def put(write: TransactWrite) -> None:
        left = concurrency.runs_after(job, pending.id, new_run.id)
        changes = [*run_queue.occupied_by(job, left), *run_queue.show_as_last(new_run)]
        write.update(Job(job.id), actions=changes, condition=run_queue.unchanged_since_read(job))
        write.update(Run(pending.id), actions=_ended(new_run, by), condition=_still_pending())
        write.save(new_run, condition=Run.id.does_not_exist())

    return starting.write_once(put, new_run, request, _summary(new_run))


def _summary(new_run: Run) -> str:
    return f"Ran {new_run.repair_of} again with the newest notebook: {new_run.id}."


def _ended(new_run: Run, by: str) -> list[Action]:
    reason = f"Run {new_run.id} took its place, with the newest notebook."
    return [
        Run.status.set(RunStatus.CANCELLED),
        Run.status_reason.set(reason),
        Run.cancelled_by.set(by),
        Run.finished_at.set(new_run.created_at),
    ]


def _still_pending() -> Condition:
    """That the attempt has neither ended nor begun to launch; `lifecycle.decide` launches none that has ended."""
    waiting: Condition = (Run.status == RunStatus.QUEUED) & (Run.launch_attempts == 0)
    waiting &= Run.cancelled_by.does_not_exist() & Run.counted.does_not_exist()
    return waiting
