"""Jobs as code: a folder with a TOML file for each job, and notebooks beside them.

    identifier = "daily-flights"          # the file's name without .toml, if left out
    description = "Counts yesterday's flights."
    notebook = "flights.ipynb"            # relative to this file
    size = 2
    schedule = "0 6 * * 1-5"
    timezone = "Europe/Berlin"
    emr_release = "7.10.0"

    [parameters]
    carrier = "UA"

A field that is left out has the portal's default. What a job's field is called and may be is the portal's business: it is in the
OpenAPI document, and whatever that does not know is refused here, before anything is sent.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from atmo.errors import UsageError


@dataclass(frozen=True)
class JobFile:
    """One job as it shall be: the fields of `POST /jobs` without the notebook, and the notebook's name and content."""

    path: Path
    identifier: str
    fields: dict[str, Any]
    notebook: str
    content: bytes


def read_folder(folder: Path, known: set[str]) -> list[JobFile]:
    """The jobs of a folder and the folders in it, by identifier. `known` are the fields that a job may have.

    Raises:
        UsageError: with a line for everything that is wrong, in any of the files.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder.")
    jobs, wrong = [], []
    for path in sorted(folder.rglob("*.toml")):
        try:
            jobs.append(_read(path, known))
        except UsageError as error:
            wrong.append(str(error))
    jobs.sort(key=lambda job: job.identifier)
    for before, after in pairwise(jobs):
        if before.identifier == after.identifier:
            wrong.append(f"{after.path}: {before.path} has the identifier {after.identifier} already.")
    if wrong:
        raise UsageError("\n".join(wrong))
    if not jobs:
        raise UsageError(f"There are no job files (*.toml) in {folder}.")
    return jobs


def _read(path: Path, known: set[str]) -> JobFile:
    try:
        fields = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: {error}") from None
    if unknown := sorted(fields.keys() - known):
        raise UsageError(f"{path}: there is no field {', '.join(unknown)}. There are {', '.join(sorted(known))}.")
    notebook = fields.pop("notebook", None)
    if not isinstance(notebook, str):
        raise UsageError(f'{path}: name the notebook\'s file, as in notebook = "flights.ipynb".')
    file = path.parent / notebook
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: the notebook {file} cannot be read: {error.strerror}.") from None
    identifier = str(fields.pop("identifier", path.stem))
    return JobFile(path, identifier, {name: _value(value) for name, value in fields.items()}, file.name, content)


def _value(value: Any) -> Any:
    """TOML has moments of its own; without an offset they are wall times of the job's zone."""
    return value.isoformat() if isinstance(value, datetime) else value
