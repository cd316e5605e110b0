"""Notebooks: what counts as one, and where it is kept. Every version of every notebook stays in S3."""

from __future__ import annotations

from chalicelib.aws import s3, s3_links
from chalicelib.core.config import settings
from chalicelib.core.errors import Invalid, NotFound
from chalicelib.notebooks import formats, zeppelin

CONTENT_TYPE = "application/x-ipynb+json"


def check(name: str, content: bytes, largest: int = formats.LARGEST_DIRECT) -> None:
    """Refuse what is neither a Jupyter notebook that can be run nor a Zeppelin note.

    Raises:
        Invalid: on the field `notebook`, saying what is wrong and what to do.
    """
    if refusal := formats.refuse(name, content, largest):
        raise Invalid.field("notebook", refusal)


def store(job_id: str, name: str, content: bytes) -> tuple[str, str]:
    """Keep a notebook that was checked; returns its key and version.

    Raises:
        Unavailable: S3 does not answer.
    """
    key = key_of(job_id, name)
    return key, s3.put(settings().notebooks_bucket, key, content, content_type(name))


def copy(job_id: str, name: str, key: str, version: str) -> tuple[str, str]:
    """Keep what was checked and lies in the notebooks' bucket already; returns its own key and version.

    Raises:
        NotFound: it is gone.
        Unavailable: S3 does not answer.
    """
    copied = s3.copy(settings().notebooks_bucket, key, version, key_of(job_id, name), content_type(name))
    if copied is None:
        raise NotFound("The notebook no longer exists.")
    return key_of(job_id, name), copied


def delete(key: str, version: str) -> None:
    """Remove a version that no job and no run refers to.

    Raises:
        Unavailable: S3 does not answer.
    """
    s3.remove(settings().notebooks_bucket, key, version)


def key_of(job_id: str, name: str) -> str:
    return f"jobs/{job_id}/{name}"


def content_type(name: str) -> str:
    return "application/json" if name.endswith(zeppelin.SUFFIXES) else CONTENT_TYPE


def read(key: str, version: str) -> bytes | None:
    """One version of a notebook, or None when it is gone."""
    return s3.read(settings().notebooks_bucket, key, version)


def link(name: str, key: str, version: str) -> str:
    """A presigned address of one version of a notebook, which browsers save under its name."""
    return s3_links.link(settings().notebooks_bucket, key, download_as=name, version=version)
