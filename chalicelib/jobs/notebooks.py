"""Notebooks: what counts as one, and where it is kept. Every version of every notebook stays in S3."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.aws import s3
from chalicelib.config import settings
from chalicelib.errors import Invalid

LARGEST = 4_000_000
"""Bytes that fit through API Gateway and Lambda together with the rest of the form."""

CONTENT_TYPE = "application/x-ipynb+json"


def check(name: str, content: bytes) -> None:
    """Refuse what is not a Jupyter notebook of format 4.

    Raises:
        Invalid: on the field `notebook`, saying what is wrong and what to do.
    """
    if not name or "/" in name or "\\" in name or len(name) > 200:
        raise _refused("The notebook needs a file name of at most 200 characters, without slashes.")
    if name.endswith(".json"):
        raise _refused("Zeppelin notes cannot be run yet. Please upload a Jupyter notebook (.ipynb).")
    if not name.endswith(".ipynb"):
        raise _refused(f"{name} is not a Jupyter notebook: its name must end in .ipynb.")
    if not content:
        raise _refused(f"{name} is empty.")
    if len(content) > LARGEST:
        raise _refused(
            f"{name} has {len(content) / 1e6:.1f} MB; up to {LARGEST / 1e6:.0f} MB are accepted. Clear its outputs and try again."
        )
    if not _is_notebook(content):
        raise _refused(
            f"{name} is not a Jupyter notebook: it is not JSON with cells in notebook format 4. Save it from Jupyter again."
        )


def _is_notebook(content: bytes) -> bool:
    try:
        found = json.loads(content)
    except ValueError:
        return False
    return (
        isinstance(found, dict)
        and found.get("nbformat") == 4
        and isinstance(found.get("cells"), list)
        and all(
            isinstance(cell, dict) and cell.get("cell_type") in ("code", "markdown", "raw") for cell in found["cells"]
        )
    )


def store(job_id: str, name: str, content: bytes) -> tuple[str, str]:
    """Keep a notebook that was checked; returns its key and version.

    Raises:
        Unavailable: S3 does not answer.
    """
    key = f"jobs/{job_id}/{name}"
    return key, s3.put(settings().notebooks_bucket, key, content, CONTENT_TYPE)


def read(key: str, version: str) -> bytes | None:
    """One version of a notebook, or None when it is gone."""
    return s3.read(settings().notebooks_bucket, key, version)


def link(name: str, key: str, version: str) -> str:
    """A presigned address of one version of a notebook, which browsers save under its name."""
    return s3.link(settings().notebooks_bucket, key, download_as=name, version=version)


def cells(content: bytes) -> list[dict[str, Any]]:
    """The cells of a notebook for a preview: kind, source as text, and the number of code cells.

    Numbers are those that Jupyter gives when all is run, and that the runner names: empty cells have none.
    """
    shown, number = [], 0
    for cell in json.loads(content)["cells"]:
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        runs = cell["cell_type"] == "code" and bool(text.strip())
        number += runs
        shown.append({"kind": cell["cell_type"], "source": text, "number": number if runs else None})
    return shown


def _refused(message: str) -> Invalid:
    return Invalid.field("notebook", message)
