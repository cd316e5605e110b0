"""Runs: find, list, withdraw, cancel."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.audit import changes, readings
from chalicelib.audit.context import Effect
from chalicelib.core.errors import Conflict, NotFound, Unauthenticated
from chalicelib.core.pagination import cursor_after, newest_that
from chalicelib.core.tables import find
from chalicelib.identity import access
from chalicelib.identity.permissions import Role
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job, Visibility
from chalicelib.runs import history, publication, stopping
from chalicelib.runs.models import FINAL, Run, RunStatus
from chalicelib.runs.publication import Access


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
    """Put it on the trail when a maintainer, an admin or an operator reads another's run: once for each of them, run and day."""
    if person is None or run.owner == person.username:
        return
    if access.roles_of(person, "run", run) & {Role.MAINTAINER, Role.ADMIN, Role.OPERATOR}:
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
        return run
    effect = Effect("job", run.job_id, run.job_identifier, f"Made its run {run.id} private.")
    changes.update_if(run, Run.id.exists(), [Run.result_visibility.set(Visibility.PRIVATE)], effect)
    return run


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
    stopping.stop(run)
    return run
