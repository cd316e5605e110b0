"""Notebooks: what counts as one, and where it is kept. Every version of every notebook stays in S3."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.aws import s3
from chalicelib.config import settings
from chalicelib.errors import Invalid
from chalicelib.jobs import zeppelin

LARGEST = 4_000_000
"""Bytes that fit through API Gateway and Lambda together with the rest of the form."""

CONTENT_TYPE = "application/x-ipynb+json"


def check(name: str, content: bytes) -> None:
    """Refuse what is neither a Jupyter notebook of format 4 nor a Zeppelin note.

    Raises:
        Invalid: on the field `notebook`, saying what is wrong and what to do.
    """
    if not name.isprintable() or "/" in name or "\\" in name or not 1 <= len(name) <= 200:
        raise _refused("The notebook needs a file name of at most 200 characters, without slashes or line breaks.")
    if not name.endswith((".ipynb", *zeppelin.SUFFIXES)):
        raise _refused(
            f"{name} is no notebook: a Jupyter notebook's name ends in .ipynb, a Zeppelin note's in .json or .zpln."
        )
    if not content:
        raise _refused(f"{name} is empty.")
    if len(content) > LARGEST:
        raise _refused(
            f"{name} has {len(content) / 1e6:.1f} MB; up to {LARGEST / 1e6:.0f} MB are accepted. Clear its outputs and try again."
        )
    if name.endswith(zeppelin.SUFFIXES):
        _check_note(name, content)
    elif not _is_notebook(content):
        raise _refused(
            f"{name} is not a Jupyter notebook: it is not JSON with cells in notebook format 4. Save it from Jupyter again."
        )


def _check_note(name: str, content: bytes) -> None:
    if _is_notebook(content):
        raise _refused(f"{name} is a Jupyter notebook: give it a name that ends in .ipynb and try again.")
    if not zeppelin.is_note(content):
        raise _refused(
            f"{name} is not a Zeppelin note: it is not JSON with paragraphs. Export the note from Zeppelin again."
        )


def _is_notebook(content: bytes) -> bool:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return False
    cells = found.get("cells") if isinstance(found, dict) and found.get("nbformat") == 4 else None
    return isinstance(cells, list) and all(_is_cell(cell) for cell in cells)


def _is_cell(cell: Any) -> bool:
    """What nbformat 4 demands of a cell, as far as our preview and the runner depend on it."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return False
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    runs = cell["cell_type"] != "code" or (isinstance(cell.get("outputs"), list) and "execution_count" in cell)
    return all(isinstance(line, str) for line in lines) and isinstance(cell.get("metadata"), dict) and runs


def store(job_id: str, name: str, content: bytes) -> tuple[str, str]:
    """Keep a notebook that was checked; returns its key and version.

    Raises:
        Unavailable: S3 does not answer.
    """
    key = f"jobs/{job_id}/{name}"
    kind = "application/json" if name.endswith(zeppelin.SUFFIXES) else CONTENT_TYPE
    return key, s3.put(settings().notebooks_bucket, key, content, kind)


def read(key: str, version: str) -> bytes | None:
    """One version of a notebook, or None when it is gone."""
    return s3.read(settings().notebooks_bucket, key, version)


def link(name: str, key: str, version: str) -> str:
    """A presigned address of one version of a notebook, which browsers save under its name."""
    return s3.link(settings().notebooks_bucket, key, download_as=name, version=version)


def cells(content: bytes) -> list[dict[str, Any]]:
    """The cells of a Jupyter notebook for a preview: kind, source as text, and the number of code cells.

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
