"""Creating a job: its record, its name, its first notebook."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import TYPE_CHECKING

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import context as audit_context
from chalicelib.core import reserved_names
from chalicelib.core.errors import Conflict
from chalicelib.core.tables import find, rejected_items, transaction, was_rejected
from chalicelib.identity.person import Person
from chalicelib.jobs import factory, service
from chalicelib.jobs.models import Job
from chalicelib.notebooks import versions
from chalicelib.notebooks.models import NotebookVersion

if TYPE_CHECKING:
    from chalicelib.jobs.forms import NewJob


def create(person: Person, form: NewJob, submission: str, now: datetime, enabled: bool = True) -> Job:
    """Store a job, scheduled from now on, or paused. The same `submission` key again returns the first one's job.

    Raises:
        Invalid: naming the fields; among them an identifier that is taken and an end before the start.
        Conflict: the submission key was used for something else.
        Unavailable: S3 did not take the notebook.
    """
    digest = hashlib.sha256(repr(form).encode()).hexdigest()
    job_id = factory.id_of(person, submission)
    job = find(Job, job_id)
    if job is not None:
        audit_context.mark_noop()
    else:
        job = factory.of_form(person, form, job_id, digest, now)
        if not enabled:
            job.is_enabled, job.next_run_at, job.due_shard = False, None, None
        version = versions.store(person, job_id, 1, form.notebook, service.get, now)
        job = _store(job, version)
        audit_context.record_effect("job", job.id, job.identifier, "Scheduled it.")
    if job.request_digest != digest:
        raise Conflict("This form was already used to create another job. Open the form again.")
    return job


def _store(job: Job, version: NotebookVersion) -> Job:
    factory.set_notebook(job, version)
    try:
        with transaction() as write:
            write.save(job, condition=Job.id.does_not_exist())
            write.save(
                reserved_names.Name(factory.SCOPE, job.identifier, holder=job.id),
                condition=reserved_names.Name.name.does_not_exist(),
            )
            write.save(version)
    except TransactWriteError as error:
        if not was_rejected(error):
            raise
        stored = find(Job, job.id) if rejected_items(error)[0] else None
        if not stored:
            raise factory.identifier_taken(job.identifier) from None
        return stored
    return job
