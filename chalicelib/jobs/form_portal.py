"""The form for a job in the browser, and what it asks for while it is filled in."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib import names
from chalicelib.clusters.rules import MAX_SIZE
from chalicelib.errors import Invalid
from chalicelib.fields import IDENTIFIER, read
from chalicelib.jobs import drafts, editing, job_form, webhooks, words
from chalicelib.jobs import service as jobs
from chalicelib.jobs.forms import EditJob, NewJob, limits
from chalicelib.jobs.models import Job
from chalicelib.jobs.notebooks import files as notebooks
from chalicelib.jobs.notebooks import formats as notebook_format
from chalicelib.jobs.notebooks import uploads
from chalicelib.releases import service as releases
from chalicelib.web import answers, forms
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.forms import Sheet
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request, Upload

routes = PortalRoutes(__name__)


@routes.page("/jobs/new", "job.create", methods=("GET", "POST"))
def new(request: Request) -> Response:
    """The form for a job, and the job made of it."""
    offered = releases.offered()
    blank = job_form.blank(request.now, releases.preselected(offered)) | job_form.NO_NOTEBOOK
    if request.method == "GET":
        return _form(request, forms.blank(**(blank | _cloned(request))), None)
    sheet, notebook = forms.posted(request, **blank), request.files.get("notebook")
    with sheet.marking():
        form = read(NewJob, job_form.new(sheet.values, notebook), **limits(request.someone))
    _check_notebook(sheet, notebook)
    if not sheet.errors:
        with sheet.marking(keep=True):
            return go(request, "jobs", jobs.create(request.someone, form, sheet.submission, request.now).id)
    return _form(request, sheet, None)


def _cloned(request: Request) -> dict[str, str]:
    """The form filled with the job that shall be cloned, its notebook included."""
    cloned = request.query.get("clone", "")
    if not cloned:
        return {}
    job = jobs.get(request.someone, cloned)
    return job_form.clone(job) | {"webhook_url": webhooks.shown(request.someone, job) or ""}


@routes.page("/jobs/{job_id}/edit", "job.edit", methods=("GET", "POST"))
def edit(request: Request, job_id: str) -> Response:
    """The same form for a job that exists; the notebook is changed only when a file is chosen."""
    job = jobs.get(request.someone, job_id, "job.edit")
    if request.method == "GET":
        return _form(request, forms.blank(**job_form.of_job(job), **job_form.NO_NOTEBOOK), job)
    sheet, notebook = (
        forms.posted(request, **job_form.of_job(job), **job_form.NO_NOTEBOOK),
        request.files.get("notebook"),
    )
    with sheet.marking():
        given = job_form.changes(sheet.values, notebook, job)
        job_form.refuse_emptied(given)
        form = read(EditJob, given, **limits(request.someone))
    _check_notebook(sheet, notebook)
    if not sheet.errors:
        with sheet.marking(keep=True):
            return go(request, "jobs", editing.edit(request.someone, job_id, form, request.now).id)
    return _form(request, sheet, job)


def _check_notebook(sheet: Sheet, notebook: Upload | None) -> None:
    """Mark what is wrong with the notebook along with the rest of the form, so that it is chosen anew only once."""
    with sheet.marking():
        if notebook:
            notebooks.check(notebook.name, notebook.content)


def _form(request: Request, sheet: Sheet, job: Job | None) -> Response:
    return show(
        request,
        "jobs/form.html",
        sheet.status,
        headers={"Content-Security-Policy": answers.page_policy(uploads.origin())},
        direct=notebook_format.LARGEST_DIRECT,
        most=notebook_format.LARGEST,
        sheet=sheet,
        errors=job_form.at_fields(sheet.errors, sheet.values),
        job=job,
        releases=releases.offered(),
        zones=job_form.zones(),
        largest=limits(request.someone).get("max_size", MAX_SIZE),
        **_slots(sheet.values, request),
    )


@routes.page("/jobs/preview", "own.look")
def upcoming(request: Request) -> Response:
    """A fragment: when a job with the schedule typed so far would run."""
    return show(request, "jobs/_preview.html", **_slots(request.query, request))


def _slots(typed: dict[str, Any], request: Request) -> dict[str, Any]:
    zone = typed.get("timezone") or "UTC"
    try:
        slots = job_form.preview(typed, request.now)
    except Invalid as error:
        return {"slots": [], "refusal": error.message, "zone": "UTC"}
    return {"slots": [(slot, words.wall(slot, zone)) for slot in slots], "refusal": "", "zone": zone}


@routes.page("/jobs/available", "own.look")
def available(request: Request) -> Response:
    """A fragment: whether this identifier is free."""
    identifier = request.query.get("identifier", "").strip()
    fits = bool(IDENTIFIER.fullmatch(identifier))
    taken = fits and names.is_taken(drafts.SCOPE, identifier)
    return show(request, "jobs/_available.html", identifier=identifier, fits=fits, taken=taken)
