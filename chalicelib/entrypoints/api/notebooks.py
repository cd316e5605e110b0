"""Notebooks over the API: uploading large ones, and every version that a job had."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.core.errors import NotFound
from chalicelib.core.fields import read
from chalicelib.jobs import service as jobs
from chalicelib.notebooks import cell_diff, uploads, versions
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks.forms import NewUpload
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request
from chalicelib.web.schemas import TEXT, Record, listed, many

routes = ApiRoutes(__name__)

UPLOAD = Record(
    "Upload", uploads.Ticket, "id", "url", "fields", fields={"type": "object", "additionalProperties": TEXT}
)
VERSION = Record("NotebookVersion", NotebookVersion, "number", "name", "size", "uploaded_by", "uploaded_at")
LINKED_VERSION = VERSION.plus("LinkedNotebookVersion", url=TEXT)
CHANGED_CELL = Record("ChangedCell", cell_diff.Change, "what", "kind", "before", "after", lines=many(TEXT))
CHANGED_CELLS = Record("ChangedCells", cells=many(CHANGED_CELL))


def version_record(version: NotebookVersion) -> dict[str, Any]:
    """A version as the API gives it; `size` in bytes."""
    return VERSION.of(version)


@routes.endpoint("/uploads", "job.create", methods=("POST",), body=NewUpload, status=201, gives=UPLOAD)
def upload(request: Request) -> Response:
    """An address to upload a notebook of up to 50 MB to: post a form with `fields` and, last, `file`; then use `id` in a job."""
    ticket = uploads.begin(request.user, read(NewUpload, request.json))
    return responses.as_json(UPLOAD.of(ticket), 201)


@routes.endpoint("/jobs/{job_id}/notebooks", "job.view", gives=listed(VERSION))
def listing(request: Request, job_id: str) -> Response:
    """The last hundred versions of a job's notebook, latest first."""
    found = versions.listing(jobs.get(request.user, job_id).id)
    return responses.as_json({"items": [version_record(version) for version in found], "next": None})


@routes.endpoint("/jobs/{job_id}/notebooks/{number}", "job.view", gives=LINKED_VERSION)
def get(request: Request, job_id: str, number: str) -> Response:
    """One version, with a link that works for fifteen minutes."""
    found = _version(request, job_id, number)
    return responses.as_json(LINKED_VERSION.of(found, url=notebooks.link(found.name, found.key, found.version)))


@routes.endpoint("/jobs/{job_id}/notebooks/{number}/compare/{other}", "job.view", gives=CHANGED_CELLS)
def compare(request: Request, job_id: str, number: str, other: str) -> Response:
    """What changed between two versions, cell by cell; outputs are ignored."""
    before, after = (_version(request, job_id, asked) for asked in (number, other))
    return responses.as_json(CHANGED_CELLS.of(cells=difference(before, after)))


def difference(before: versions.HasNotebook, after: versions.HasNotebook) -> list[dict[str, Any]]:
    """The cells that are not the same, as the API gives them; lines begin with + or - or a space.

    Raises:
        NotFound: one of the notebooks is not kept any more.
    """
    old, new = versions.content(before), versions.content(after)
    if old is None or new is None:
        raise NotFound("One of the notebooks is no longer kept.")
    changes = cell_diff.diff(cell_diff.cells_of(old), cell_diff.cells_of(new))
    return [
        CHANGED_CELL.of(change, lines=[line.sign + line.text for line in cell_diff.folded(change)])
        for change in cell_diff.first(changes)
        if change.what != "same"
    ]


def _version(request: Request, job_id: str, number: str) -> NotebookVersion:
    return versions.get(jobs.get(request.user, job_id).id, versions.numbered(number))
