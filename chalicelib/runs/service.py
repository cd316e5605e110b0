"""Runs: create exactly one for a click, find, list, cancel."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.audit import changes, readings
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Effect
from chalicelib.core import clock, idempotency
from chalicelib.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from chalicelib.core.idempotency import Submission
from chalicelib.core.limits import LIMITS
from chalicelib.core.pagination import cursor_after, newest_first, newest_that
from chalicelib.core.tables import find, new_id, was_overtaken
from chalicelib.core.text import wall_clock_with_zone
from chalicelib.identity import access
from chalicelib.identity.permissions import Role
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job, Visibility
from chalicelib.runs import attempts, backfills, factory, history, lifecycle, places, publication, run_queue
from chalicelib.runs.models import FINAL, Run, RunStatus, Trigger
from chalicelib.runs.publication import Access
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
        request, lambda: _run_now(job, parameters, complete, slot, request, now), lambda run_id: get(person, run_id)
    )
    if not outcome.is_new:
        audit_context.mark_noop()
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
            f"Together with those that stay, the parameters have more than {LIMITS.parameters:,} characters, which EMR does not "
            "accept. Put them in S3.",
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
    """
    account, demand = accounts.of(run.owner, run.created_at), places.demand(run)
    if run.counted:
        account.refuse(demand)
    try:
        with changes.transaction(Effect("job", run.job_id, run.job_identifier, summary)) as write:
            if run.counted:
                account.reserve(write, demand, run.created_at)
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
        lifecycle.MACHINE.start(run)
    return run


def get(person: Person, run_id: str, action: str = "run.view") -> Run:
    """The run with this id, also when its job was deleted, for somebody who is about to do this to it.

    Raises:
        NotFound: there is none, or this person may not see it.
        Forbidden: this person may see it, but not do that.
    """
    return access.permitted(person, action, _as_owned(find(Run, run_id)), "There is no such run.")


def _as_owned(run: Run | None) -> Run | None:
    """A run belongs to its job's owner, who may have changed since it ran; without a job, to its owner at the time."""
    job = find(Job, run.job_id) if run else None
    if run and job:
        run.owner, run.owner_email = job.owner, job.owner_email
    return run


def read(person: Person | None, run_id: str) -> tuple[Run, Access]:
    """A run whose results this person may read, without what they may not, and how much that is: all of one of theirs, and of
    anybody's what its owner has made public.

    Raises:
        Unauthenticated: nobody is signed in, and there is no public run of this id.
        NotFound: there is none, or this person may not see it.
    """
    run = _as_owned(find(Run, run_id))
    if run and "run.view" in access.allowed(person, "run", run):
        note_reading(person, run)
        return run, Access.ALL
    public = publication.of_anybody(run, find(Job, run.job_id)) if run else Access.NONE
    if run and public != Access.NONE:
        return publication.redact(run, public), public
    if person is None:
        raise Unauthenticated("Sign in to see this run.")
    raise NotFound("There is no such run.")


def note_reading(person: Person | None, run: Run) -> None:
    """Put it on the trail when a maintainer or an admin reads another's run: once for each of them, run and day."""
    if person is None or run.owner == person.username:
        return
    if access.roles_of(person, "run", run) & {Role.MAINTAINER, Role.ADMIN}:
        effect = Effect("job", run.job_id, run.job_identifier, f"Read its run {run.id}, which is {run.owner}'s.")
        readings.note(person.requester, effect, run.id)


def read_details(person: Person | None, run_id: str) -> Run:
    """The same, of one whose source, parameters and log this person may read as well.

    Raises:
        Unauthenticated, NotFound: as `read` has it, or only its results are public.
    """
    run, public = read(person, run_id)
    if public == Access.RESULTS:
        raise NotFound("Only the results of this run are public, not its notebook or its log.")
    return run


def withdraw(person: Person, run_id: str) -> Run:
    """Make a public run private, whatever its job's runs are otherwise.

    Raises:
        NotFound, Forbidden: as `get` has it.
    """
    run = get(person, run_id, "run.withdraw")
    if run.result_visibility == Visibility.PRIVATE:
        audit_context.mark_noop()
        return run
    effect = Effect("job", run.job_id, run.job_identifier, f"Made its run {run.id} private.")
    changes.update_if(run, Run.id.exists(), [Run.result_visibility.set(Visibility.PRIVATE)], effect)
    return run


def newest(job: Job, limit: int, shows: Sequence[str]) -> list[Run]:
    """The latest runs of a job, with these attributes alone (chalicelib/core/rows.py)."""
    return newest_first(Run.by_job, {"job_id": job.id}, limit, None, shows=shows).items


def successes_before(run: Run) -> list[Run]:
    """The last successful runs of the same job that were made before this one, the latest first, with what the chart shows."""

    def succeeded(other: Run) -> bool:
        return other.status == RunStatus.SUCCEEDED

    before = cursor_after(run)
    return newest_that(Run.by_job, {"job_id": run.job_id}, history.SUCCESSES, before, succeeded, history.SHOWN).items


def cancel(person: Person, run_id: str, now: datetime, reason: str = "") -> Run:
    """Stop a run and its cluster. The owner is told who else stopped it, and the `reason`.

    Raises:
        NotFound, Forbidden: as `get` has it.
        Conflict: the run is over already.
    """
    run = get(person, run_id, "run.cancel")
    effect = Effect("job", run.job_id, run.job_identifier, f"Cancelled its run {run.id}.")
    mark: list[Action] = [Run.cancelled_by.set(Run.cancelled_by | person.username)]
    if not changes.update_if(run, ~Run.status.is_in(*sorted(FINAL)), mark, effect):
        run.refresh(consistent_read=True)
        raise Conflict(f"The run has already ended ({run.status.lower().replace('_', ' ')}).")
    from chalicelib.mail import acts_of_others  # whoever only looks sends no mail

    acts_of_others.post(
        person, run, acts_of_others.Act.CANCELLED, what=f"a run of your job {run.job_identifier}",
        page=f"runs/{run.id}", occasion=f"cancelled-by-another#{run.id}", reason=reason, now=now,
    )  # fmt: skip
    lifecycle.stop(run)
    return run
