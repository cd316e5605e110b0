"""Jobs as files: the format that export writes and import reads. Pure; docs/job-files.md describes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from chalicelib.core import clock
from chalicelib.core.errors import FieldError
from chalicelib.core.fields import Checked, Form, choice, refuse
from chalicelib.core.limits import LIMITS
from chalicelib.core.schemas import value
from chalicelib.jobs.forms import NewJob
from chalicelib.jobs.models import Job

FORMAT, VERSION = "atmo-jobs", 1


def _version(value: Any, context: Mapping[str, Any]) -> int:
    if value != VERSION or isinstance(value, bool):
        refuse(f"Only files of version {VERSION} can be imported, and this file has another version.")
    return VERSION


def _switch(value: Any, context: Mapping[str, Any]) -> bool:
    if not isinstance(value, bool):
        refuse("Give true or false.")
    return value


def _jobs(value: Any, context: Mapping[str, Any]) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= LIMITS.jobs_in_file:
        refuse(f"Give a list of 1 to {LIMITS.jobs_in_file} jobs.")
    return value


class ImportedJob(NewJob):
    """A job of a file: what a new job is made of, and whether it is paused."""

    is_enabled: Annotated[bool, Checked(_switch, {"type": "boolean"})] = True


class JobsFile(Form):
    """A file of jobs, as export writes it."""

    format: Annotated[str, choice([FORMAT], f"This is not a job file: its format is not {FORMAT}.")]
    version: Annotated[int, Checked(_version, {"type": "integer", "const": VERSION})]
    exported_at: Any = None
    jobs: Annotated[list[ImportedJob], Checked(_jobs, {"minItems": 1, "maxItems": LIMITS.jobs_in_file})]


def entry(job: Job, content: bytes | None) -> dict[str, Any]:
    """A job in a file. Without its notebook's content it refers to the job whose notebook it is, which only works where
    that is. Fields that the form of a job gets are in it by themselves."""
    names = [name for name in ImportedJob.model_fields if name != "notebook"]
    fields = {name: value(stored) for name in names if (stored := getattr(job, name)) is not None}
    source = {"job": job.id, "number": int(job.notebook_number)} if content is None else {"content": content.decode()}
    return fields | {"notebook": {"name": job.notebook_name} | source}


def file_of(entries: list[dict[str, Any]], now: datetime) -> dict[str, Any]:
    """The whole file."""
    return {"format": FORMAT, "version": VERSION, "exported_at": clock.text(now), "jobs": entries}


def at_job(place: int, errors: list[FieldError], more: str = "") -> list[FieldError]:
    """The refusals of one job as refusals of the file."""
    return [FieldError(f"jobs.{place}.{error.field}", error.message + more) for error in errors]


def in_words(error: FieldError, file: Any) -> str:
    """A refusal for somebody who sees the file as a whole: which job, which field, and why."""
    parts = error.field.split(".")
    if parts[0] != "jobs" or len(parts) < 2:
        return error.message
    jobs = file.get("jobs") if isinstance(file, dict) else None
    place = int(parts[1])
    entry = jobs[place] if isinstance(jobs, list) and place < len(jobs) else None
    name = entry.get("identifier") if isinstance(entry, dict) else None
    where = f"Job {place + 1}" + (f" ({name})" if isinstance(name, str) else "")
    return f"{where}{', ' + '.'.join(parts[2:]) if parts[2:] else ''}: {error.message}"
