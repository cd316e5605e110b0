"""Runs: create exactly one for a slot or a click, find, list, cancel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib import access
from chalicelib.audit import deed
from chalicelib.clusters.request import jobflow_name
from chalicelib.config import settings
from chalicelib.errors import Conflict, Unauthenticated
from chalicelib.jobs.models import Job
from chalicelib.jobs.runs import history, lifecycle
from chalicelib.jobs.runs.models import FINAL, QUEUED, SKIPPED, SUCCEEDED, Run
from chalicelib.jobs.schedules import overlap, turns
from chalicelib.lists import Page, cursor_after, newest_first, newest_that
from chalicelib.site import service as site
from chalicelib.tables import find, new_id, transaction, update_if, was_overtaken
from chalicelib.users.person import Person


def run_now(person: Person, job: Job, parameters: dict[str, Any] | None, submission: str, now: datetime) -> Run:
    """Run a job out of schedule, or queue that run. The same `submission` key again returns the first one's run.

    Raises:
        Conflict: the site is frozen, or a run of this job is still going and it does not let runs overlap.
    """
    run_id = new_id("r", job.id, submission) if submission else new_id("r")
    for _ in range(turns.TRIES):
        if submission and (earlier := find(Run, run_id)):
            deed.nothing_new()
            return earlier
        decision, reason = overlap.at_click(job, site.why_frozen())
        if decision == "refuse":
            raise Conflict(reason)
        run = new_run(job, run_id, "manual", now, now)
        if parameters is not None:
            run.parameters = parameters
        if _stored(job, queued(run, job, reason) if decision == "queue" else run):
            deed.on("job", job.id, job.identifier, f"Ran it out of schedule: run {run.id}.")
            return _begun(run)
        job.refresh(consistent_read=True)
    raise Conflict(f"{job.identifier} was changed just now. Please try again.")


def _stored(job: Job, run: Run) -> bool:
    """Whether run and job could be written together: not when either was changed meanwhile."""
    try:
        with transaction() as write:
            write.update(Job(job.id), actions=turns.seat(job, run), condition=turns.as_seen(job))
            write.save(run, condition=Run.id.does_not_exist())
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True


def _begun(run: Run) -> Run:
    if not run.waits_for:
        lifecycle.begin(run)
    return run


def new_run(job: Job, run_id: str, trigger: str, scheduled_at: datetime, now: datetime) -> Run:
    """A run with everything that it needs of the job as it is now; not stored yet."""
    suffix = run_id.removeprefix("r-")[-16:].lower()
    return Run(
        run_id,
        job_id=job.id,
        job_identifier=job.identifier,
        owner=job.owner,
        owner_email=job.owner_email,
        live="yes",
        trigger=trigger,
        attempts=int(job.retries) + 1,
        retry_delay=job.retry_delay,
        size=job.size,
        emr_release=job.emr_release,
        timeout=job.job_timeout,
        notebook_name=job.notebook_name,
        notebook_key=job.notebook_key,
        notebook_version=job.notebook_version,
        notebook_number=job.notebook_number,
        parameters=job.parameters,
        result_visibility=job.result_visibility,
        name=jobflow_name(settings(), "job", job.owner, f"{job.identifier}-{suffix}"),
        status=QUEUED,
        created_at=now,
        scheduled_at=scheduled_at,
    )


def skipped(run: Run, reason: str, now: datetime) -> Run:
    """The same run as the record of a slot that was not run, and why."""
    run.status, run.status_reason, run.finished_at, run.live = SKIPPED, reason, now, None
    return run


def queued(run: Run, job: Job, reason: str) -> Run:
    """The same run as one that waits for those that are on the job."""
    run.waits_for, run.status_reason = overlap.going(job)[-1], reason
    return run


def get(person: Person, run_id: str, action: str = "run.view") -> Run:
    """The run with this id, also when its job was deleted, for somebody who is about to do this to it.

    Raises:
        NotFound: there is none, or this person may not see it.
        Forbidden: this person may see it, but not do that.
    """
    return access.permitted(person, action, _as_owned(find(Run, run_id)), "There is no such run.")


def _as_owned(run: Run | None) -> Run | None:
    """A run is whose its job is, which may have been handed over since it ran; without a job, whose it was."""
    job = find(Job, run.job_id) if run else None
    if run and job:
        run.owner, run.owner_email = job.owner, job.owner_email
    return run


def read(person: Person | None, run_id: str) -> Run:
    """A run whose results this person may read: one of theirs, or anybody's whose results are public.

    Raises:
        Unauthenticated: nobody is signed in, and there is no public run of this id.
        NotFound: there is none, or this person may not see it.
    """
    run = _as_owned(find(Run, run_id))
    if run and run.result_visibility == "public":
        return run
    if person is None:
        raise Unauthenticated("Sign in to see this run.")
    return get(person, run_id)


def listing(job: Job, limit: int, cursor: str | None = None, status: str = "") -> Page[Run]:
    """The runs of a job, the latest first; with `status` only those, and perhaps a short page: see `newest_that`."""
    if not status:
        return newest_first(Run.by_job, {"job_id": job.id}, limit, cursor)
    return newest_that(Run.by_job, {"job_id": job.id}, limit, cursor, lambda run: run.status == status)


def successes_before(run: Run) -> list[Run]:
    """The last successful runs of the same job that were made before this one, the latest first."""
    found = newest_that(
        Run.by_job,
        {"job_id": run.job_id},
        history.SUCCESSES,
        cursor_after(run),
        lambda other: other.status == SUCCEEDED,
    )
    return found.items


def run_before(run: Run) -> Run | None:
    """The run of the same job that was launched last before this one."""
    found = newest_that(
        Run.by_job,
        {"job_id": run.job_id},
        1,
        cursor_after(run),
        lambda other: other.is_final and bool(other.started_at),
    )
    return found.items[0] if found.items else None


def cancel(person: Person, run_id: str) -> Run:
    """Stop a run and its cluster.

    Raises:
        NotFound, Forbidden: as `get` has it.
        Conflict: the run is over already.
    """
    run = get(person, run_id, "run.cancel")
    if not update_if(
        run, ~Run.status.is_in(*sorted(FINAL)), [Run.cancelled_by.set(Run.cancelled_by | person.username)]
    ):
        run.refresh(consistent_read=True)
        raise Conflict(f"The run is over already ({run.status.lower().replace('_', ' ')}).")
    deed.on("job", run.job_id, run.job_identifier, f"Cancelled its run {run.id}.")
    lifecycle.stop(run)
    return run
