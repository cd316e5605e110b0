"""Runs in the browser: how far one is, what came of it, and stopping it."""

from __future__ import annotations

from datetime import datetime

from chalice.app import Response

from chalicelib.audit.context import Channel
from chalicelib.aws import emr
from chalicelib.budgets.rules import unreserved_by
from chalicelib.core import clock, text
from chalicelib.core.errors import Conflict, NotFound, TooLarge
from chalicelib.core.tables import find
from chalicelib.costs import receipts
from chalicelib.entrypoints.portal import run_files
from chalicelib.entrypoints.portal.reasons import reason
from chalicelib.entrypoints.portal.searched_list import show_list
from chalicelib.identity import access
from chalicelib.jobs.models import Job
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import preview
from chalicelib.runs import apps, attempts, display, file_search, publication, results
from chalicelib.runs import repair as repairing
from chalicelib.runs import service as runs
from chalicelib.runs.comparison import service as comparison
from chalicelib.runs.file_search import FIELDS
from chalicelib.runs.models import Run
from chalicelib.runs.publication import Access
from chalicelib.web import responses, stamps
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import MODIFIED, go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

NO_MORE = 286
"""What ends htmx's asking again and again. https://htmx.org/docs/#polling"""

FRAMED = {
    "Content-Security-Policy": (
        "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
    ),
    "X-Frame-Options": "SAMEORIGIN",
}
"""A notebook's HTML is anybody's HTML: it gets no origin, no script and no network, framed or opened by itself."""


@routes.page("/runs/{run_id}", "run.view", query=(run_files.CURSOR,), reads={"run_id": Run})
def detail(request: Request, run_id: str) -> Response:
    """A run: live until it is over, then its outcome, notebook, files and log. Public ones are for everybody."""
    return _detail(request, *runs.read(request.person, run_id))


def _detail(request: Request, run: Run, public: Access = Access.ALL, status: int = 200, refusal: str = "") -> Response:
    may, with_details = access.allowed(request.person, "run", run), public != Access.RESULTS
    job, slow = find(Job, run.job_id) if "run.view" in may else None, comparison.slow(run)
    stamps.records_read(request)
    outcome = results.outcome(run) if run.failed_cell else None
    files = run_files.shown(request, run, public) if run.is_final else {"files": None, "page_size": None}
    return show(
        request,
        "runs/detail.html",
        status,
        headers={MODIFIED: clock.text(_last_change(run))} | run_files.policy(files["page_size"]),
        run=run,
        job=job,
        may=may,
        refusal=refusal,
        outcome=outcome,
        failed_cell=_failed_cell(run) if outcome else None,
        **files,
        with_details=with_details,
        log=results.log_tail(run) if run.is_final and with_details else None,
        log_url=results.log_link(run) if with_details else "",
        kept_until=results.kept_until(run),
        cost=receipts.cost_of(run, request.now) if "run.view" in may else None,
        unreserved=unreserved_by(run.reservation),
        slow=slow,
        run_before=run.previous_run if "run.view" in may and run.started_at and run.is_final else None,
        run_display=display,
        apps=apps.available(run, request.now) if apps.ACTION in may else [],
        can_repair="run.repair" in may and (run.status in repairing.REPAIRABLE or attempts.is_pending(run)),
        submission=FormState.blank().submission,
        console_url=emr.console_url(run.jobflow_id) if run.jobflow_id else "",
    )


@routes.page("/runs/{run_id}/apps/{name}", apps.ACTION)
def app(request: Request, run_id: str, name: str) -> Response:
    """Off to Spark's or YARN's own page of the run's cluster, by a link that EMR makes for this click."""
    return responses.redirect(apps.link(request.user, Channel.PORTAL, run_id, name, request.now), status=302)


def _last_change(run: Run) -> datetime:
    return max(moment for moment in (run.created_at, run.started_at, run.ready_at, run.finished_at) if moment)


def _failed_cell(run: Run) -> preview.Cell | None:
    """The cell that failed, in the version of the notebook that was run."""
    content = notebooks.read(run.notebook_key, run.notebook_version)
    cells = preview.shown(content) if content else []
    return next((cell for cell in cells if cell.number == run.failed_cell), None)


@routes.page("/runs/{run_id}/cancel", "run.cancel", methods=("POST",), fields=("reason",))
def cancel(request: Request, run_id: str) -> Response:
    """Stop the run and its cluster; refused on the run's page when it is over already."""
    try:
        return go(request, "runs", runs.cancel(request.user, run_id, request.now, reason(request)).id)
    except Conflict as error:
        return _detail(request, runs.get(request.user, run_id), status=error.status, refusal=error.message)


@routes.page("/runs/{run_id}/repair", "run.repair", methods=("POST",), idempotent=True)
def repair(request: Request, run_id: str) -> Response:
    """Run a failed run again, mended, and show the new run; refused on the run's page, with the reason."""
    try:
        key = FormState.from_request(request).submission
        return go(request, "runs", repairing.repair(request.user, run_id, None, key, request.now).id)
    except Conflict as error:
        return _detail(request, runs.get(request.user, run_id), status=error.status, refusal=error.message)


@routes.page("/runs/{run_id}/withdraw", "run.withdraw", methods=("POST",))
def withdraw(request: Request, run_id: str) -> Response:
    """Make a public run private."""
    return go(request, "runs", runs.withdraw(request.user, run_id).id)


@routes.page("/runs/{run_id}/log", "run.view")
def log(request: Request, run_id: str) -> Response:
    """The log so far; a fragment for the run's page, which is told to ask no more when the run is over."""
    run = runs.read_details(request.person, run_id)
    asked_by_page = "hx-request" in request.headers
    if asked_by_page and run.is_final:
        return Response(body="", status_code=NO_MORE, headers=responses.secured({"Content-Type": "text/plain"}))
    template = "runs/_log.html" if asked_by_page else "runs/log.html"
    return show(
        request, template, run=run, log=results.log_tail(run), log_url=results.log_link(run), run_display=display
    )


@routes.page("/runs/{run_id}/notebook", "run.view")
def notebook(request: Request, run_id: str) -> Response:
    """The executed notebook as HTML, for a sandboxed frame."""
    run, public = runs.read(request.person, run_id)
    name = publication.page_of(public)
    size = results.page_size(run, name)
    if size is None:
        raise NotFound("This run has no notebook that can be shown here; see its files.")
    if size <= results.MAX_DIRECT_PAGE:
        return responses.page((results.page(run, name) or b"").decode(errors="replace"), headers=FRAMED)
    if request.headers.get("sec-fetch-dest") == "iframe" and size <= results.MAX_PAGE:
        return responses.redirect(
            results.page_link(run, name), status=302
        )  # our page's frame has no rights, wherever it is from
    raise TooLarge(
        f"This notebook's page has {text.size(size)}, too much to show. Download notebook.html from the run's files instead."
    )


@routes.page("/runs/{run_id}/files", "run.view", searched_by=FIELDS)
def files(request: Request, run_id: str) -> Response:
    """The files that a run left, looked through by name."""
    run, public = runs.read(request.person, run_id)
    return show_list(
        request,
        "runs/files.html",
        FIELDS,
        lambda search, cursor: file_search.listing(run, public, run_files.FILES_A_PAGE, cursor, search),
        run=run,
        kept_until=results.kept_until(run),
        run_display=display,
    )


@routes.page("/runs/{run_id}/files/{name}", "run.view")
def file(request: Request, run_id: str, name: str) -> Response:
    """On to one file of a run: this address stays, the one in S3 that it leads to is good for fifteen minutes."""
    run, public = runs.read(request.person, run_id)
    publication.check(public, name)
    return responses.redirect(results.fresh_link(run, name), status=302)
