"""Jobs out to a file and in from one."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.core import idempotency
from chalicelib.core.errors import Conflict, FieldError, Invalid
from chalicelib.core.idempotency import Submission
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import megabytes
from chalicelib.identity.person import Person
from chalicelib.import_export import job_file
from chalicelib.import_export.job_file import ImportedJob, JobsFile, at_job
from chalicelib.jobs import creation, factory, predecessors
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import versions
from chalicelib.runs import webhooks


def export(person: Person, job: Job, with_notebook: bool, now: datetime) -> dict[str, Any]:
    """The job as a file for this person: without its webhook for those who may not see where that leads.

    Raises:
        Conflict: its notebook is gone, or too large for a file.
        Unavailable: S3 does not answer.
    """
    content = versions.content(job) if with_notebook else None
    if with_notebook and content is None:
        raise Conflict(f"The notebook of {job.identifier} no longer exists. Export the job without it.")
    entry = job_file.entry(job, content)
    if not webhooks.shown(person, job):
        entry.pop("webhook_url", None)
    file = job_file.file_of([entry], now)
    if len(json.dumps(file)) > LIMITS.job_file_bytes:
        raise Conflict(
            f"{job.notebook_name} is too large for a file of up to {megabytes(LIMITS.job_file_bytes)}. "
            "Export the job without it, and download the notebook separately."
        )
    return file


def import_jobs(person: Person, file: JobsFile, key: str, now: datetime) -> list[Job]:
    """Make the jobs of a file. What can be known to be wrong with any of them is said before the first one is made.

    The same idempotency `key` again goes on where the first one stopped, and returns its jobs.

    Raises:
        Invalid: naming job and field, such as `jobs.0.identifier`.
        Conflict: the key was used for another file, or one of the jobs it made is gone.
        Unavailable: S3 did not take a notebook.
    """
    content = hashlib.sha256(file.model_dump_json().encode()).hexdigest()
    requests = [
        idempotency.submission(person.requester, "job.import", key, content, str(place))
        for place in range(len(file.jobs))
    ]
    if errors := _duplicates(file) or [
        error
        for place, (entry, request) in enumerate(zip(file.jobs, requests, strict=True))
        for error in _refusals(person, file, place, request, now)
    ]:
        raise Invalid(errors)
    created: list[Job] = []
    for place, (entry, request) in enumerate(zip(file.jobs, requests, strict=True)):
        try:
            created.append(creation.create_once(person, entry, request, now, entry.is_enabled).record)
        except Invalid as error:
            more = (
                f" The jobs before it in the file were created: {', '.join(job.identifier for job in created)}."
                if created
                else ""
            )
            raise Invalid(at_job(place, error.errors, more)) from None
    return created


def _duplicates(file: JobsFile) -> list[FieldError]:
    names = [entry.identifier for entry in file.jobs]
    return [
        FieldError(f"jobs.{place}.identifier", "An earlier job of this file has the same identifier.")
        for place, name in enumerate(names)
        if name in names[:place]
    ]


def _refusals(person: Person, file: JobsFile, place: int, request: Submission, now: datetime) -> list[FieldError]:
    entry, earlier = file.jobs[place], [entry.identifier for entry in file.jobs[:place]]
    refusals: list[FieldError] = []
    for check in (partial(_check_job, person, entry, earlier, now), partial(_check_notebook, person, entry)):
        try:
            check()
        except Invalid as error:
            refusals += at_job(place, error.errors)
    # What an earlier request with this key made has its name now; it may have been made while this one was checked.
    return [] if refusals and idempotency.is_used(request) else refusals


def _check_job(person: Person, entry: ImportedJob, earlier: list[str], now: datetime) -> None:
    predecessors.of(person, factory.of_form(person, entry, now), earlier)


def _check_notebook(person: Person, entry: ImportedJob) -> None:
    notebook = entry.notebook
    if notebook.content is not None:
        notebooks.check(notebook.name, notebook.content)
    elif notebook.job is not None:
        versions.find_source(person, notebook, jobs.get)
