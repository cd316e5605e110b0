"""Every notebook that a job ever had: kept, numbered, listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from chalicelib.aws import s3
from chalicelib.core.config import settings
from chalicelib.core.errors import Invalid, NotFound, Unavailable
from chalicelib.core.observability import logger
from chalicelib.identity.person import Person
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import formats, uploads, zeppelin
from chalicelib.notebooks.models import NotebookVersion

if TYPE_CHECKING:
    from chalicelib.notebooks.forms import Notebook


class _HasNotebook(Protocol):
    """A job or a run, as far as its notebook goes."""

    @property
    def notebook_key(self) -> str: ...
    @property
    def notebook_version(self) -> str: ...


class NumberedNotebook(Protocol):
    """A job, as far as others may take over its notebook."""

    @property
    def id(self) -> str: ...
    @property
    def notebook_number(self) -> float: ...


HasNotebook = NotebookVersion | _HasNotebook
FindJob = Callable[[Person, str], NumberedNotebook]


def store(
    person: Person, job_id: str, number: int, notebook: Notebook, find_job: FindJob, now: datetime
) -> NotebookVersion:
    """Check a notebook, wherever it comes from, and keep it as this version of the job's; its record is not stored yet.

    `find_job` finds the job that a notebook is taken from, if the person may see it.

    Raises:
        Invalid: on the field `notebook`.
        Unavailable: S3 does not answer.
    """
    if notebook.upload is not None:
        key, version, size = _from_upload(person, job_id, notebook.name, notebook.upload)
    elif notebook.job is not None:
        key, version, size = _from_job(person, job_id, notebook, find_job)
    else:
        content = notebook.content or b""
        notebooks.check(notebook.name, content)
        key, version = notebooks.store(job_id, notebook.name, content)
        size = len(content)
    return NotebookVersion(
        job_id,
        number,
        name=notebook.name,
        key=key,
        version=version,
        size=size,
        uploaded_by=person.username,
        uploaded_at=now,
    )


def _from_upload(person: Person, job_id: str, name: str, upload_id: str) -> tuple[str, str, int]:
    upload = uploads.fetch(person, upload_id)
    notebooks.check(name, upload.body, formats.LARGEST)
    try:
        # The version that was checked: the uploader may be posting another one right now.
        copied = notebooks.copy(job_id, name, uploads.key(person, upload_id), upload.version)
    except NotFound:
        raise Invalid.field("notebook", "The upload no longer exists. Upload the notebook again.") from None
    return *copied, len(upload.body)


def _from_job(person: Person, job_id: str, notebook: Notebook, find_job: FindJob) -> tuple[str, str, int]:
    source = find_source(person, notebook, find_job)
    try:
        return *notebooks.copy(job_id, notebook.name, source.key, source.version), int(source.size)
    except NotFound:
        raise _no_such_notebook(notebook) from None


def find_source(person: Person, notebook: Notebook, find_job: FindJob) -> NotebookVersion:
    """The version of another job's notebook that this one shall be.

    Raises:
        Invalid: on the field `notebook`: this person sees none there, or the name does not fit it.
    """
    try:
        job = find_job(person, notebook.job or "")
        version = get(job.id, int(notebook.number or job.notebook_number))
    except NotFound:
        raise _no_such_notebook(notebook) from None
    if _is_zeppelin(notebook.name) != _is_zeppelin(version.name):
        raise Invalid.field("notebook", f"{version.name} stays what it is: give it a name with the same ending.")
    if refusal := formats.refuse_name(notebook.name):
        raise Invalid.field("notebook", refusal)
    return version


def _no_such_notebook(notebook: Notebook) -> Invalid:
    return Invalid.field("notebook", f"There is no notebook of job {notebook.job} here. Give the notebook itself.")


def _is_zeppelin(name: str) -> bool:
    return name.endswith(zeppelin.SUFFIXES)


def mark_replaced(key: str, version: str) -> None:
    """Let the bucket's lifecycle forget a version some time after it was replaced. Without this it is kept for ever,
    so a notebook that a job still has cannot lapse, whatever fails."""
    try:
        s3.tag(settings().notebooks_bucket, key, version, {"replaced": "yes"})
    except Unavailable:
        logger.warning("version_kept_for_ever", extra={"key": key, "version": version})


def listing(job_id: str, limit: int = 100, before: int | None = None) -> list[NotebookVersion]:
    """The versions of a job's notebook, the latest first; with `before` only earlier ones than that number."""
    condition = NotebookVersion.number < before if before is not None else None
    return list(NotebookVersion.query(job_id, condition, scan_index_forward=False, limit=limit))


def get(job_id: str, number: int) -> NotebookVersion:
    """One version.

    Raises:
        NotFound: there is none.
    """
    try:
        return NotebookVersion.get(job_id, number)
    except NotebookVersion.DoesNotExist:
        raise _no_such_version() from None


def several(job_id: str, *numbers: int) -> list[NotebookVersion]:
    """These versions, in this order, from one call.

    Raises:
        NotFound: one of them is missing.
    """
    by_number = {
        version.number: version for version in NotebookVersion.batch_get([(job_id, one) for one in set(numbers)])
    }
    if by_number.keys() != set(numbers):
        raise _no_such_version()
    return [by_number[number] for number in numbers]


def _no_such_version() -> NotFound:
    return NotFound("There is no such version of the notebook.")


def parse_number(text: str) -> int:
    """The number in an address.

    Raises:
        NotFound: it is none.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _no_such_version()
    return int(text)


def content(of: HasNotebook) -> bytes | None:
    """The notebook itself, or None when it is not kept any more."""
    if isinstance(of, NotebookVersion):
        return notebooks.read(of.key, of.version)
    return notebooks.read(of.notebook_key, of.notebook_version)
