"""What a run left in S3: the executed notebook, its HTML, the files it wrote, the log."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import s3
from chalicelib.core.config import settings
from chalicelib.runs.models import Run

NOTEBOOK, NOTE, PAGE, LOG, OUTCOME = "notebook.ipynb", "notebook.json", "notebook.html", "run.log", "outcome.json"
LOG_TAIL = 64_000
LARGEST_PAGE = 5_000_000
"""Bytes of HTML that still fit through Lambda; larger ones are downloaded."""


def kept_until(run: Run) -> datetime | None:
    """Until when the run's files are kept; None while it is not over. S3 may take a day longer."""
    return run.finished_at + timedelta(days=settings().result_retention_days) if run.finished_at else None


@dataclass(frozen=True)
class Result:
    """One file of a run: its name below the run's prefix, its size in bytes, and a link good for fifteen minutes."""

    name: str
    size: int
    url: str


def listing(run: Run) -> list[Result]:
    """Every file of the run.

    Raises:
        Unavailable: S3 does not answer.
    """
    bucket, prefix = settings().results_bucket, run.results_prefix
    return [
        Result(found.name, found.size, s3.link(bucket, prefix + found.name, download_as=found.name.rpartition("/")[2]))
        for found in s3.listing(bucket, prefix)
    ]


def sizes(run: Run) -> dict[str, int]:
    """The sizes of the run's files in bytes, by name.

    Raises:
        Unavailable: S3 does not answer.
    """
    return {found.name: found.size for found in s3.listing(settings().results_bucket, run.results_prefix)}


def page(run: Run) -> bytes | None:
    """The executed notebook as HTML, or None when there is none that can be shown. It is untrusted: frame it, sandboxed."""
    body = s3.read(settings().results_bucket, run.results_prefix + PAGE)
    return body if body is not None and len(body) <= LARGEST_PAGE else None


def log_tail(run: Run) -> str | None:
    """The last lines of the run's log, or None while there is none."""
    body = s3.read(settings().results_bucket, run.results_prefix + LOG, last_bytes=LOG_TAIL)
    return body.decode(errors="replace") if body is not None else None


def log_link(run: Run) -> str:
    """A link to the whole log, good for fifteen minutes, whether or not there is one."""
    return s3.link(settings().results_bucket, run.results_prefix + LOG, download_as=LOG)


def outcome(run: Run) -> dict[str, Any] | None:
    """What the runner wrote about how the run ended (emr/outcome.py), or None when it got no chance to."""
    body = s3.read(settings().results_bucket, run.results_prefix + OUTCOME)
    found = json.loads(body) if body else None
    return found if isinstance(found, dict) else None
