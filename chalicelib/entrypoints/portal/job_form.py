"""The form for a job in the browser, and what it asks for while it is filled in."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core import reserved_names
from chalicelib.core.fields import IDENTIFIER, read
from chalicelib.core.limits import LIMITS
from chalicelib.core.reading import reading_once
from chalicelib.core.tables import find
from chalicelib.entrypoints.portal import estimate_values, job_form_values
from chalicelib.entrypoints.portal.schedule_preview import first_runs
from chalicelib.identity import access
from chalicelib.job_changes import editing
from chalicelib.job_changes.forms import EditJob
from chalicelib.jobs import creation, factory
from chalicelib.jobs import service as jobs
from chalicelib.jobs.form_limits import limits
from chalicelib.jobs.forms import NewJob
from chalicelib.jobs.models import Job
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import uploads
from chalicelib.releases import service as releases
from chalicelib.releases.models import Release
from chalicelib.runs import display, webhooks
from chalicelib.runs.models import Run
from chalicelib.schedules import schedule
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.models import UsageLimit
from chalicelib.usage_limits.rules import LABELS
from chalicelib.web import responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request, Upload

routes = PortalRoutes(__name__)

LIMITED: dict[str, str] = {UsageLimit.WORKERS: "size"}
"""The field at which the form says that a limit is reached; of others it says so as a whole."""
TYPED = (*job_form_values.TYPED, estimate_values.ESTIMATE)


@routes.page("/jobs/new", "job.create", query=("clone",), methods=("GET", "POST"), fields=TYPED, idempotent=True)
def new(request: Request) -> Response:
    """The form for a job, and the job made of it."""
    offered = releases.offered()
    blank = job_form_values.blank(request.now, releases.preselected(offered)) | job_form_values.NO_NOTEBOOK
    if request.method == "GET":
        return _form(request, FormState.blank(**(blank | _cloned(request))), None, offered)
    form_state, notebook = FormState.from_request(request, **blank), request.files.get("notebook")
    if estimate_values.ESTIMATE in request.form:
        return _form(request, form_state, None, offered)
    with form_state.collect_errors():
        form = read(NewJob, job_form_values.new(form_state.values, notebook), **limits(request.user))
    _check_notebook(form_state, notebook)
    if not form_state.errors:
        with form_state.collect_errors(keep=True, limited=LIMITED):
            return go(
                request, "jobs", creation.create(request.user, form, form_state.submission, request.now).record.id
            )
    return _form(request, form_state, None, offered)


def _cloned(request: Request) -> dict[str, str]:
    """The form filled with the job that shall be cloned, its notebook included."""
    cloned = request.query.get("clone", "")
    if not cloned:
        return {}
    job = jobs.get(request.user, cloned)
    return job_form_values.clone(job) | {"webhook_url": webhooks.shown(request.user, job) or ""}


@routes.page("/jobs/{job_id}/edit", "job.edit", methods=("GET", "POST"), fields=TYPED)
def edit(request: Request, job_id: str) -> Response:
    """The same form for a job that exists; the notebook is changed only when a file is chosen."""
    job = jobs.get(request.user, job_id, "job.edit")
    if request.method == "GET":
        blank = FormState.filled(job_form_values.of_job(job), **job_form_values.NO_NOTEBOOK)
        return _form(request, blank, job, releases.offered())
    form_state, notebook = (
        FormState.from_request(request, **job_form_values.of_job(job), **job_form_values.NO_NOTEBOOK),
        request.files.get("notebook"),
    )
    if estimate_values.ESTIMATE in request.form:
        return _form(request, form_state, job, releases.offered())
    with form_state.collect_errors():
        changes = job_form_values.changes(form_state.values, notebook, job)
        job_form_values.refuse_emptied(changes)
        form = read(EditJob, changes, **limits(request.user))
    _check_notebook(form_state, notebook)
    if not form_state.errors:
        with form_state.collect_errors(keep=True, limited=LIMITED):
            check = form_state.check(job_form_values.of_job)
            return go(request, "jobs", editing.edit(request.user, job_id, form, request.now, check).id)
    return _form(request, form_state, job, releases.offered())


def _keeps_old(job: Job) -> str:
    """What an edit does not change: runs that were made before it."""
    active = find(Run, job.active_run) if job.active_run else None
    return display.unaffected_by_edit(job, active) if active else ""


def _check_notebook(form_state: FormState, notebook: Upload | None) -> None:
    """Mark what is wrong with the notebook along with the rest of the form, so that people have to choose it again only once."""
    with form_state.collect_errors():
        if notebook:
            notebooks.check(notebook.name, notebook.content)


def _form(request: Request, form_state: FormState, job: Job | None, offered: list[Release]) -> Response:
    values, errors = form_state.values, job_form_values.at_fields(form_state.errors, form_state.values)
    controls, owner = job_form_values.CONTROLS, job.owner if job else request.user.username
    largest = limits(request.user).get("max_size", LIMITS.size.high)
    with reading_once():
        estimate_values.read_with(request, accounts.keys(owner))
        account = accounts.of_owner(request.user, owner, request.now)
        estimate = estimate_values.of_job(request, values, job)
    return show(
        request,
        "jobs/form.html",
        form_state.status,
        headers={"Content-Security-Policy": responses.page_policy(uploads.origin())},
        form_state=form_state,
        errors=errors,
        controls=controls,
        named_errors={name: f"{controls[name].label if name in controls else name}: {errors[name]}" for name in errors},
        job=job,
        keeps_old=_keeps_old(job) if job else "",
        may_publish=job is None or "job.publish" in access.allowed(request.person, "job", job),
        releases=offered,
        zones=schedule.zones(),
        largest=largest,
        most_size=max(largest, int(job.size)) if job else largest,  # what is not changed is not checked
        is_usual=job_form_values.is_usual(values) and not any(name in errors for name in job_form_values.POLICIES),
        account=account,
        labels=LABELS,
        **estimate,
        **first_runs(values, request.now),
    )


@routes.page("/jobs/available", "own.look", query=("identifier",))
def available(request: Request) -> Response:
    """A fragment: whether this identifier is free."""
    identifier = request.query.get("identifier", "").strip()
    fits = bool(IDENTIFIER.fullmatch(identifier))
    taken = fits and reserved_names.is_taken(factory.SCOPE, identifier)
    return show(request, "jobs/_available.html", identifier=identifier, fits=fits, taken=taken)
