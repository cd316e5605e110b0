"""Jobs in the browser: their page, and what its buttons do."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.choices import options
from chalicelib.core.errors import Conflict
from chalicelib.core.fields import read
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.entrypoints.portal import job_page
from chalicelib.entrypoints.portal.reasons import reason
from chalicelib.entrypoints.portal.searched_list import A_PAGE, show_list
from chalicelib.job_changes import deletion, pausing, publication
from chalicelib.job_changes.forms import Snooze
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.mail.webhooks.models import Delivery
from chalicelib.mail.webhooks.search import FIELDS, DeliveryState
from chalicelib.notebooks import files as notebooks
from chalicelib.runs import starting, webhooks
from chalicelib.runs.forms import RunNow
from chalicelib.web import responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page(
    "/jobs/{job_id}", "job.view", query=job_page.QUERY, reads={"job_id": Job}, with_person=job_page.with_person
)
def detail(request: Request, job_id: str) -> Response:
    """A job: what it does now, when it runs next, and its notebook, results, log and runs."""
    return job_page.detail(request, jobs.get(request.user, job_id))


@routes.page("/jobs/{job_id}/run", "job.run", methods=("POST",), fields=("parameters",), idempotent=True)
def run(request: Request, job_id: str) -> Response:
    """Run the job now and show the run; refused on the job's page, with the reason, while another is going."""
    job = jobs.get(request.user, job_id, "job.run")
    form_state = FormState.from_request(request)
    typed = form_state.values.get("parameters")
    try:
        with form_state.collect_errors():
            # Emptied parameters are none; without the field, as the plain button has it, the run has the job's.
            parameters = None if typed is None else read(RunNow, {"parameters": typed}).parameters or {}
            return go(
                request,
                "runs",
                starting.run_now(request.user, job, parameters, form_state.submission, request.now, complete=True).id,
            )
    except Conflict as error:
        return job_page.detail(
            request, job, error.status, error.message, run_with=form_state if typed is not None else None
        )
    return job_page.detail(request, job, form_state.status, run_with=form_state)


@routes.page("/jobs/{job_id}/webhook-secret", "job.publish", methods=("POST",))
def renew_webhook_secret(request: Request, job_id: str) -> Response:
    """A new secret for the job's webhook, shown on this answer only."""
    try:
        secret = publication.renew_webhook_secret(request.user, job_id)
    except Conflict as error:
        return job_page.detail(request, jobs.get(request.user, job_id), error.status, error.message)
    return job_page.detail(request, jobs.get(request.user, job_id), secret=secret)


@routes.page("/jobs/{job_id}/pause", "job.edit", methods=("POST",), fields=("reason",))
def pause(request: Request, job_id: str) -> Response:
    """Stop scheduled runs until the job is resumed."""
    return go(request, "jobs", pausing.pause(request.user, job_id, request.now, reason(request)).id)


@routes.page("/jobs/{job_id}/resume", "job.edit", methods=("POST",))
def resume(request: Request, job_id: str) -> Response:
    """Run again from the next slot on; refused on the job's page when it has expired."""
    try:
        return go(request, "jobs", pausing.resume(request.user, job_id, request.now).id)
    except Conflict as error:
        return job_page.detail(request, jobs.get(request.user, job_id), error.status, error.message)


@routes.page("/jobs/{job_id}/snooze", "job.edit", methods=("POST",), fields=("until",))
def snooze(request: Request, job_id: str) -> Response:
    """Skip slots until a moment, which is a wall time of the job's zone; refused on the job's page."""
    job, form_state = jobs.get(request.user, job_id, "job.edit"), FormState.from_request(request, until="")
    try:
        with form_state.collect_errors():
            form = read(Snooze, {"until": form_state.values["until"]})
            return go(request, "jobs", pausing.snooze(request.user, job_id, form.until, request.now).id)
    except Conflict as error:
        return job_page.detail(request, job, error.status, error.message)
    return job_page.detail(request, job, form_state.status, form_state=form_state)


@routes.page("/jobs/{job_id}/delete", "job.delete", methods=("GET", "POST"), fields=("reason",), then="/")
def delete(request: Request, job_id: str) -> Response:
    """Ask, then delete the job; its runs and their results stay."""
    job = jobs.get(request.user, job_id, "job.delete")
    if request.method == "GET":
        return show(request, "jobs/delete.html", job=job)
    deletion.delete(request.user, job_id, request.now, reason=reason(request))
    return go(request)


@routes.page("/jobs/{job_id}/deliveries", "job.view", searched_by=FIELDS)
def deliveries(request: Request, job_id: str) -> Response:
    """What was sent to the job's webhook, and what came of it."""
    job = jobs.get(request.user, job_id)

    def matching(search: Search, cursor: str | None) -> Page[Delivery]:
        return webhooks.listing(job, A_PAGE, cursor, search)

    return show_list(request, "jobs/deliveries.html", FIELDS, matching, job=job, states=options(DeliveryState))


@routes.page("/jobs/{job_id}/download", "job.view")
def download(request: Request, job_id: str) -> Response:
    """The notebook as it was uploaded last."""
    job = jobs.get(request.user, job_id)
    return responses.redirect(notebooks.link(job.notebook_name, job.notebook_key, job.notebook_version))
