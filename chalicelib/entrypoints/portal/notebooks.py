"""Notebooks in the browser: uploading large ones, downloading and comparing what a job had."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.core.errors import AtmoError
from chalicelib.core.fields import read
from chalicelib.entrypoints.portal.searched_list import A_PAGE, show_list
from chalicelib.identity import access
from chalicelib.job_changes import editing
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.notebooks import cell_diff, uploads, versions
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import search as version_search
from chalicelib.notebooks.forms import NewUpload
from chalicelib.notebooks.search import FIELDS
from chalicelib.runs import service as runs
from chalicelib.web import responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

routes = PortalRoutes(__name__)


@routes.page("/jobs/uploads", "job.create", methods=("POST",), fields=("name", "size"))
def upload(request: Request) -> Response:
    """For the form's script: where the browser may send a large notebook, or in words why not."""
    size = request.form.get("size", "")
    try:
        form = read(NewUpload, {"name": request.form.get("name", ""), "size": int(size) if size.isdecimal() else 0})
        ticket = uploads.begin(request.user, form)
    except AtmoError as error:
        return responses.as_json({"detail": error.message}, error.status)
    return responses.as_json({"id": ticket.id, "url": ticket.url, "fields": ticket.fields}, 201)


@routes.page("/jobs/{job_id}/notebooks", "job.view", searched_by=FIELDS)
def listing(request: Request, job_id: str) -> Response:
    """Every version of a job's notebook."""
    job = jobs.get(request.user, job_id)
    return show_list(
        request,
        "jobs/versions.html",
        FIELDS,
        lambda search, cursor: version_search.listing(job.id, A_PAGE, cursor, search),
        job=job,
        may=access.allowed(request.person, "job", job),
        kept_days=settings().result_retention_days,
    )


@routes.page("/jobs/{job_id}/notebooks/{number}", "job.view")
def download(request: Request, job_id: str, number: str) -> Response:
    """A version of the notebook, as it was uploaded."""
    version = versions.get(jobs.get(request.user, job_id).id, versions.parse_number(number))
    return responses.redirect(notebooks.link(version.name, version.key, version.version))


@routes.page(
    "/jobs/{job_id}/notebooks/{number}/restore", "job.edit", methods=("POST",), then="/jobs/{job_id}?tab=notebook"
)
def restore(request: Request, job_id: str, number: str) -> Response:
    """Let the job run this version again."""
    editing.restore_notebook(request.user, job_id, versions.parse_number(number), request.now)
    return responses.redirect(Urls(request.base).to("jobs", job_id, tab="notebook"))


@routes.page("/jobs/{job_id}/notebooks/{number}/compare/{other}", "job.view", reads={"job_id": Job})
def compare(request: Request, job_id: str, number: str, other: str) -> Response:
    """What changed from a version to another."""
    job = jobs.get(request.user, job_id)
    before, after = versions.several(job.id, versions.parse_number(number), versions.parse_number(other))
    return show(
        request,
        "jobs/notebooks.html",
        job=job,
        before=before,
        after=after,
        changes=changes(before, after),
        folded=cell_diff.folded,
        first=cell_diff.first,
        counts=cell_diff.counts,
    )


def changes(before: versions.HasNotebook, after: versions.HasNotebook) -> list[cell_diff.Change] | None:
    """The cells of both, or None when one of the notebooks is not kept any more."""
    old, new = versions.content(before), versions.content(after)
    if old is None or new is None:
        return None
    return cell_diff.diff(cell_diff.cells_of(old), cell_diff.cells_of(new))


@routes.page("/runs/{run_id}/source", "run.view")
def source(request: Request, run_id: str) -> Response:
    """The version of the notebook that a run ran, as it was uploaded."""
    run = runs.read_details(request.person, run_id)
    return responses.redirect(notebooks.link(run.notebook_name, run.notebook_key, run.notebook_version))
