"""Jobs in the browser: the form, the page with its tabs, and what the page's buttons do."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib import access, clock, names
from chalicelib.audit import service as audit
from chalicelib.clusters.rules import MAX_SIZE
from chalicelib.config import settings
from chalicelib.errors import Conflict, Invalid
from chalicelib.fields import IDENTIFIER, read
from chalicelib.jobs import job_form, pausing, webhooks, words
from chalicelib.jobs import service as jobs
from chalicelib.jobs.forms import EditJob, NewJob, RunNow, Snooze, limits
from chalicelib.jobs.models import Job
from chalicelib.jobs.notebooks import files as notebooks
from chalicelib.jobs.notebooks import formats as notebook_format
from chalicelib.jobs.notebooks import preview, uploads, versions
from chalicelib.jobs.runs import history, results
from chalicelib.jobs.runs import service as runs
from chalicelib.jobs.runs.models import SKIPPED, STATUSES, Run
from chalicelib.releases import service as releases
from chalicelib.tables import find
from chalicelib.web import answers, forms, paging
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.forms import Sheet
from chalicelib.web.pages import MODIFIED, go, show
from chalicelib.web.request import Request, Upload
from chalicelib.web.urls import Urls

routes = PortalRoutes(__name__)

TABS = ("results", "notebook", "logs", "runs", "trail")
RUNS_A_PAGE = 25


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
        with sheet.marking():
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
        with sheet.marking():
            return go(request, "jobs", jobs.edit(request.someone, job_id, form, request.now).id)
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
    taken = fits and names.is_taken(jobs.SCOPE, identifier)
    return show(request, "jobs/_available.html", identifier=identifier, fits=fits, taken=taken)


@routes.page("/jobs/{job_id}", "job.view")
def detail(request: Request, job_id: str) -> Response:
    """A job: what it does now, when it runs next, and its notebook, results, log and runs."""
    return _detail(request, jobs.get(request.someone, job_id))


def _detail(
    request: Request,
    job: Job,
    status: int = 200,
    refusal: str = "",
    sheet: Sheet | None = None,
    run_with: Sheet | None = None,
    secret: str = "",
) -> Response:
    last = find(Run, job.last_run) if job.last_run else None
    active = _active(job, last)
    asked = request.query.get("tab", "")
    tab = asked if asked in TABS else "results" if last else "notebook"
    return show(
        request,
        "jobs/detail.html",
        status,
        headers=_modified(job, active or last) | ({} if active else _whole_page(request, job, tab)),
        job=job,
        may=access.allowed(request.person, "job", job),
        last=last,
        active=active,
        state=words.state(job, request.now),
        schedule=words.schedule(job.timing),
        next_slot=words.next_slot(job),
        refusal=refusal,
        run_with=run_with or forms.blank(parameters=job_form.of_job(job)["parameters"]),
        run_with_open=run_with is not None,
        secret=secret,
        deliveries=webhooks.latest(job),
        snooze=sheet or forms.blank(until=job_form.tomorrow(job, request.now)),
        submission=forms.blank().submission,
        tab=tab,
        words=words,
        **_tab(request, job, last, tab),
    )


def _active(job: Job, last: Run | None) -> Run | None:
    """The run that is going; of several at once the one that others wait for."""
    if not job.active_run or (last and last.id == job.active_run):
        return last if last and not last.is_final else None
    return find(Run, job.active_run)


def _whole_page(request: Request, job: Job, tab: str) -> dict[str, str]:
    """Lets htmx, which followed a run that is over now, open the page anew with the results.

    By its address: the page may be the answer to a post, which a reload would send again.
    """
    followed = request.method == "GET" and "hx-request" in request.headers
    return {"HX-Redirect": Urls(request.base).to("jobs", job.id, tab=tab)} if followed else {}


def _tab(request: Request, job: Job, last: Run | None, tab: str) -> dict[str, Any]:
    """What only this tab shows; the others' is not read."""
    if tab == "runs":
        return _history(request, job)
    if tab == "trail":
        may = access.allowed(request.person, "job", job)
        return {"found": audit.of_object(job.id, RUNS_A_PAGE, request.query.get("cursor"), may)}
    if tab == "notebook":
        content = notebooks.read(job.notebook_key, job.notebook_version)
        cells = preview.shown(content) if content else None
        shown = preview.first(cells) if cells else cells
        return {
            "cells": shown,
            "left_out": len(cells or ()) - len(shown or ()),
            "versions": versions.listing(job.id, 20),
            "kept_days": settings().result_retention_days,
        }
    run = _latest_with_results(job, last)
    if tab == "logs":
        return {
            "run": run,
            "log": results.log_tail(run) if run else None,
            "log_url": results.log_link(run) if run else "",
        }
    files, kept_until = (results.listing(run), results.kept_until(run)) if run else ([], None)
    return {"run": run, "files": files, "kept_until": kept_until}


def _history(request: Request, job: Job) -> dict[str, Any]:
    status = paging.one_of(request, "status", STATUSES)
    charted = runs.listing(job, history.CHARTED + history.SUCCESSES).items
    found = [(run.id, history.slow(run, history.successes_before(run, charted))) for run in charted]
    return {
        "found": runs.listing(job, RUNS_A_PAGE, paging.cursor(request), status),
        "asked_status": status,
        "chart": history.chart(charted[: history.CHARTED]),
        "slow": {run_id: slow for run_id, slow in found if slow},
    }


def _latest_with_results(job: Job, last: Run | None) -> Run | None:
    """The last run; while it is still going the one before it."""
    if last is None or last.is_final:
        return last
    return next((run for run in runs.listing(job, 10).items if run.is_final and run.status != SKIPPED), None)


def _modified(job: Job, last: Run | None) -> dict[str, str]:
    moments = [job.modified_at, job.last_run_at]
    moments += [last.started_at, last.ready_at, last.finished_at] if last else []
    return {MODIFIED: clock.text(max(moment for moment in moments if moment))}


@routes.page("/jobs/{job_id}/run", "job.run", methods=("POST",))
def run(request: Request, job_id: str) -> Response:
    """Run the job now and show the run; refused on the job's page, with the reason, while another is going."""
    job = jobs.get(request.someone, job_id, "job.run")
    sheet = forms.posted(request)
    typed = sheet.values.get("parameters")
    try:
        with sheet.marking():
            # Emptied parameters are none; without the field, as the plain button has it, the run has the job's.
            asked = None if typed is None else read(RunNow, {"parameters": typed}).parameters or {}
            return go(request, "runs", runs.run_now(request.someone, job, asked, sheet.submission, request.now).id)
    except Conflict as error:
        return _detail(request, job, error.status, error.message, run_with=sheet if typed is not None else None)
    return _detail(request, job, sheet.status, run_with=sheet)


@routes.page("/jobs/{job_id}/webhook-secret", "job.edit", methods=("POST",))
def renew_webhook_secret(request: Request, job_id: str) -> Response:
    """A new secret for the job's webhook, shown on this answer only."""
    try:
        secret = jobs.renew_webhook_secret(request.someone, job_id)
    except Conflict as error:
        return _detail(request, jobs.get(request.someone, job_id), error.status, error.message)
    return _detail(request, jobs.get(request.someone, job_id), secret=secret)


@routes.page("/jobs/{job_id}/pause", "job.edit", methods=("POST",))
def pause(request: Request, job_id: str) -> Response:
    """Run no more slots until the job is resumed."""
    return go(request, "jobs", pausing.pause(request.someone, job_id, request.now).id)


@routes.page("/jobs/{job_id}/resume", "job.edit", methods=("POST",))
def resume(request: Request, job_id: str) -> Response:
    """Run again from the next slot on; refused on the job's page when it has expired."""
    try:
        return go(request, "jobs", pausing.resume(request.someone, job_id, request.now).id)
    except Conflict as error:
        return _detail(request, jobs.get(request.someone, job_id), error.status, error.message)


@routes.page("/jobs/{job_id}/snooze", "job.edit", methods=("POST",))
def snooze(request: Request, job_id: str) -> Response:
    """Skip slots until a moment, which is a wall time of the job's zone; refused on the job's page."""
    job, sheet = jobs.get(request.someone, job_id, "job.edit"), forms.posted(request, until="")
    try:
        with sheet.marking():
            form = read(Snooze, {"until": sheet.values["until"]})
            return go(request, "jobs", pausing.snooze(request.someone, job_id, form, request.now).id)
    except Conflict as error:
        return _detail(request, job, error.status, error.message)
    return _detail(request, job, sheet.status, sheet=sheet)


@routes.page("/jobs/{job_id}/delete", "job.delete", methods=("GET", "POST"))
def delete(request: Request, job_id: str) -> Response:
    """Ask, then delete the job; its runs and their results stay."""
    job = jobs.get(request.someone, job_id, "job.delete")
    if request.method == "GET":
        return show(request, "jobs/delete.html", job=job)
    jobs.delete(request.someone, job_id, request.now)
    return go(request)


@routes.page("/jobs/{job_id}/download", "job.view")
def download(request: Request, job_id: str) -> Response:
    """The notebook as it was uploaded last."""
    job = jobs.get(request.someone, job_id)
    return answers.redirect(notebooks.link(job.notebook_name, job.notebook_key, job.notebook_version))
