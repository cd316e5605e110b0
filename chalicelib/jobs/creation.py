"""Creating a job: its record, its name, its first notebook."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import idempotency, reserved_names
from chalicelib.core.errors import AtmoError
from chalicelib.core.idempotency import Outcome, Submission
from chalicelib.core.tables import was_overtaken
from chalicelib.identity.person import Person
from chalicelib.jobs import factory, predecessors, service
from chalicelib.jobs.models import Job
from chalicelib.jobs.predecessors import Predecessor
from chalicelib.notebooks import versions
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.accounts import ONE_JOB, Account

if TYPE_CHECKING:
    from chalicelib.jobs.forms import NewJob


def create(person: Person, form: NewJob, key: str, now: datetime) -> Outcome[Job]:
    """Store a job, scheduled from now on. The same idempotency `key` again returns the first one's job.

    Raises:
        Invalid: naming the fields; among them an identifier that is taken and an end before the start.
        LimitReached: the person may not have so many jobs, or so many workers at once.
        Conflict: the key was used for something else.
        Unavailable: S3 did not take the notebook.
    """
    request = idempotency.submission(person.requester, "job.create", key, form.model_dump_json())
    return create_once(person, form, request, now)


def create_once(person: Person, form: NewJob, request: Submission, now: datetime, enabled: bool = True) -> Outcome[Job]:
    """As `create`, for a request that is more than this job; not `enabled`, it is paused."""
    return idempotency.once(
        request, lambda: _create(person, form, request, now, enabled), lambda job_id: _created_before(person, job_id)
    )


def _create(person: Person, form: NewJob, request: Submission, now: datetime, enabled: bool) -> Job:
    job = factory.of_form(person, form, now)
    before = predecessors.of(person, job)
    _account(job, person)
    if not enabled:
        job.is_enabled, job.next_run_at, job.due_shard = False, None, None
    version = versions.store(person, job.id, 1, form.notebook, service.get, now)
    try:
        _store(job, version, before, request, person)
    except AtmoError:
        versions.mark_replaced(version.key, version.version)  # nobody's, so that it lapses
        raise
    return job


def _created_before(person: Person, job_id: str) -> Job:
    return service.get(person, job_id)


def _account(job: Job, person: Person) -> Account:
    """What the person may have.

    Raises:
        LimitReached: one more job does not fit, or a run of it would not.
    """
    account = accounts.of_member(person.username, person.groups, job.created_at)
    account.refuse(ONE_JOB)
    account.refuse_size(int(job.size))
    return account


def _store(job: Job, version: NotebookVersion, before: Predecessor | None, request: Submission, person: Person) -> None:
    factory.set_notebook(job, version)
    while True:
        account = _account(job, person)
        try:
            with changes.transaction(Effect("job", job.id, job.identifier, "Scheduled it.")) as write:
                if before:
                    job.after_job = before.job.id
                    before.put(write, job.id)
                write.save(job, condition=Job.id.does_not_exist())
                write.save(
                    reserved_names.Name(factory.SCOPE, job.identifier, holder=job.id),
                    condition=reserved_names.Name.name.does_not_exist(),
                )
                write.save(version)
                idempotency.remember(write, request, job.id, job.created_at)
                account.reserve(write, ONE_JOB, job.created_at)
            return
        except TransactWriteError as error:
            if not was_overtaken(error):
                raise
            if idempotency.was_stored(request):
                return
            if reserved_names.is_taken(factory.SCOPE, job.identifier):
                raise factory.identifier_taken(job.identifier) from None
            before = predecessors.of(person, job)
