"""What a run left in S3: the executed notebook, its HTML, the files it wrote, the log."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import s3, s3_links
from chalicelib.core.config import settings
from chalicelib.core.errors import NotFound
from chalicelib.core.pagination import InvalidCursor, Page
from chalicelib.core.text import one_line
from chalicelib.runs import reported
from chalicelib.runs.models import Run

NOTEBOOK, NOTE, PAGE, LOG, OUTCOME = "notebook.ipynb", "notebook.json", "notebook.html", "run.log", "outcome.json"
REPORT = "report.html"
"""What the cells showed, without their source: the page of a run whose results are public and whose notebook is not."""
KEYS_FILE = "keys.json"
"""All keys of the objects that a run is for, as a JSON list, where there are many; atmo writes it, not the runner."""
LOG_TAIL = 64_000
MAX_DIRECT_PAGE = 4_000_000
"""Bytes of HTML that fit through Lambda, whose answers have 6 MB at most, quotes and line breaks escaped. A larger page is
shown from S3."""
MAX_LEFT_OUT, MAX_SAID = 20, 200
"""How many files that could not be stored are named on a run's record, and in how many characters each."""
MAX_OUTCOME = 5_000_000
"""Bytes of outcome.json that are read: many times what the runner writes."""
MAX_PAGE = 50_000_000
"""Bytes of HTML that browsers still show in reasonable time; larger ones are downloaded."""


def kept_until(run: Run) -> datetime | None:
    """Until when the run's files are kept; None while it is not over. S3 may take a day longer."""
    return run.finished_at + timedelta(days=settings().result_retention_days) if run.finished_at else None


@dataclass(frozen=True)
class Result:
    """One file of a run: its name below the run's prefix, and its size in bytes."""

    name: str
    size: int


def listing(run: Run, limit: int, cursor: str | None = None) -> Page[Result]:
    """Some files of the run, by name.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
        Unavailable: S3 does not answer.
    """
    objects = s3.first_after(
        settings().results_bucket, run.results_prefix, limit + 1, name_of(cursor) if cursor else ""
    )
    files = [Result(each.name, each.size) for each in objects]
    return Page(files[:limit], cursor_of(files[limit - 1].name) if len(files) > limit else None)


def runners_files(run: Run) -> list[Result]:
    """The files that the runner itself left, not the notebook: the executed notebook, its page, the log, the outcome.

    Raises:
        Unavailable: S3 does not answer.
    """
    objects = s3.first_after(settings().results_bucket, run.results_prefix, 1000, top_level=True)
    return [Result(each.name, each.size) for each in objects]


def cursor_of(name: str) -> str:
    """Where a list goes on after the file of this name."""
    return base64.urlsafe_b64encode(name.encode("utf-8", "surrogateescape")).decode().rstrip("=")


def name_of(cursor: str) -> str:
    """The name of the file after which a list goes on.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        raise InvalidCursor from None


def link(run: Run, name: str) -> str:
    """A presigned address of one file, good for fifteen minutes, whether or not there is such a file."""
    return s3_links.link(settings().results_bucket, run.results_prefix + name, download_as=name.rpartition("/")[2])


def fresh_link(run: Run, name: str) -> str:
    """The same, of a file that is there.

    Raises:
        NotFound: the run has no file of this name.
        Unavailable: S3 does not answer.
    """
    if not name or s3.size(settings().results_bucket, run.results_prefix + name) is None:
        raise NotFound("This run has no file of that name.")
    return link(run, name)


def sizes(run: Run) -> dict[str, int]:
    """The sizes of the run's files in bytes, by name.

    Raises:
        Unavailable: S3 does not answer.
    """
    return {file.name: file.size for file in s3.listing(settings().results_bucket, run.results_prefix)}


def page_size(run: Run, name: str = PAGE) -> int | None:
    """The size in bytes of the executed notebook as HTML, or None when there is none. `name` is PAGE or REPORT.

    Raises:
        Unavailable: S3 does not answer.
    """
    return s3.size(settings().results_bucket, run.results_prefix + name)


def page(run: Run, name: str = PAGE) -> bytes | None:
    """The executed notebook as HTML, or None when there is none. It is untrusted: frame it, sandboxed. Ask for its size
    first: the function's memory is small."""
    return s3.read(settings().results_bucket, run.results_prefix + name)


def page_link(run: Run, name: str = PAGE) -> str:
    """A presigned address of the executed notebook as HTML, good for fifteen minutes, to be shown in a sandboxed frame."""
    return s3_links.link(settings().results_bucket, run.results_prefix + name, content_type="text/html; charset=utf-8")


def origin() -> str:
    """The origin that `page_link` leads to, for the policy of the page that frames it."""
    return s3_links.origin(settings().results_bucket)


def log_tail(run: Run) -> str | None:
    """The last lines of the run's log, or None while there is none."""
    body = s3.read(settings().results_bucket, run.results_prefix + LOG, last_bytes=LOG_TAIL)
    return body.decode(errors="replace") if body is not None else None


def log_link(run: Run) -> str:
    """A link to the whole log, good for fifteen minutes, whether or not there is one."""
    return s3_links.link(settings().results_bucket, run.results_prefix + LOG, download_as=LOG)


def files_left_out(outcome: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """What the runner says of files that it could not store: `{"name", "reason"}` each, the first few. Code on the cluster
    can write the outcome, so nothing of it is taken on trust."""
    said = (outcome or {}).get("not_uploaded")
    files = [file for file in said if isinstance(file, Mapping)] if isinstance(said, list) else []
    return [
        {name: one_line(str(file.get(name, "")), MAX_SAID) for name in ("name", "reason")}
        for file in files[:MAX_LEFT_OUT]
    ]


def outcome(run: Run) -> dict[str, Any] | None:
    """What the runner wrote about how the run ended (emr/outcome.py), or None when it got no chance to, or it is too large for
    the function's memory.

    Raises:
        Unavailable: S3 does not answer.
    """
    written = s3.newest(settings().results_bucket, run.results_prefix + OUTCOME, MAX_OUTCOME)
    return reported.parse(written.body) if written else None
