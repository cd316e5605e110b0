"""Notebooks over the API: uploading large ones, and every version that a job had."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.core.schemas import searchable
from chalicelib.job_changes import editing
from chalicelib.job_changes.schemas import JOB, job_record
from chalicelib.jobs import service as jobs
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import search as version_search
from chalicelib.notebooks import uploads, versions
from chalicelib.notebooks.forms import NewUpload
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.notebooks.schemas import (
    CHANGED_CELLS,
    LINKED_VERSION,
    UPLOAD,
    VERSION,
    difference,
    version_record,
)
from chalicelib.notebooks.search import FIELDS
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


def _same_place(request: Request, made: str) -> Response:
    return responses.as_json(UPLOAD.of(uploads.begin(request.user, read(NewUpload, request.json), made)))


@routes.endpoint(
    "/uploads", "job.create", methods=("POST",), body=NewUpload, status=201, again=_same_place, gives=UPLOAD
)
def upload(request: Request) -> Response:
    """An address to upload a large notebook to: post a form with `fields` and, last, `file`; then use `id` in a job."""
    ticket = uploads.begin(request.user, read(NewUpload, request.json))
    return responses.as_json(UPLOAD.of(ticket), 201)


@routes.endpoint(
    "/jobs/{job_id}/notebooks",
    "job.view",
    query=("limit", "cursor"),
    searched_by=FIELDS,
    gives=searchable(VERSION),
)
def listing(request: Request, job_id: str) -> Response:
    """The versions of a job's notebook, latest first."""
    job, search = jobs.get(request.user, job_id), search_query.search(request, FIELDS)
    page = version_search.listing(job.id, paging.limit(request), paging.cursor(request), search)
    return responses.as_json(page.as_search_json(version_record))


@routes.endpoint("/jobs/{job_id}/notebooks/{number}", "job.view", gives=LINKED_VERSION)
def get(request: Request, job_id: str, number: str) -> Response:
    """One version, with a link that works for fifteen minutes."""
    version = _version(request, job_id, number)
    return responses.as_json(LINKED_VERSION.of(version, url=notebooks.link(version.name, version.key, version.version)))


@routes.endpoint("/jobs/{job_id}/notebooks/{number}/compare/{other}", "job.view", gives=CHANGED_CELLS)
def compare(request: Request, job_id: str, number: str, other: str) -> Response:
    """What changed between two versions, cell by cell; outputs are ignored."""
    before, after = _version(request, job_id, number), _version(request, job_id, other)
    return responses.as_json(CHANGED_CELLS.of(cells=difference(before, after)))


def _job_as_it_is(request: Request, _: str, job_id: str, number: str) -> Response:
    return responses.as_json(job_record(request.user, jobs.get(request.user, job_id)))


@routes.endpoint(
    "/jobs/{job_id}/notebooks/{number}/restore", "job.edit", methods=("POST",), again=_job_as_it_is, gives=JOB
)
def restore(request: Request, job_id: str, number: str) -> Response:
    """Let the job run this version again, as its newest."""
    job = editing.restore_notebook(request.user, job_id, versions.parse_number(number), request.now)
    return responses.as_json(job_record(request.user, job))


def _version(request: Request, job_id: str, number: str) -> NotebookVersion:
    return versions.get(jobs.get(request.user, job_id).id, versions.parse_number(number))
