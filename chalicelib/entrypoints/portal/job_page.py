"""A job's page: what the job does now, and one of its tabs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.audit import service as audit
from chalicelib.budgets import month, rules
from chalicelib.budgets.models import BudgetScope
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.search import Search
from chalicelib.core.tables import Key, find
from chalicelib.costs import receipts
from chalicelib.entrypoints.portal import job_form_values, run_files
from chalicelib.identity import access
from chalicelib.jobs import display as job_display
from chalicelib.jobs import order as job_order
from chalicelib.jobs.models import Job, Visibility
from chalicelib.notebooks import files as notebooks
from chalicelib.notebooks import formats, preview, versions
from chalicelib.runs import attempts, display, history, latest_runs, results, right_size, run_estimates, webhooks
from chalicelib.runs import listing as run_lists
from chalicelib.runs import service as runs
from chalicelib.runs.models import Run, RunStatus
from chalicelib.schedules.schedule import AFTER
from chalicelib.web import paging, stamps
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import MODIFIED, show
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

RUNS_A_PAGE = 25
VERSIONS = 20
"""How many of its notebook's versions its page shows; `/jobs/{id}/notebooks` has all."""
RUN_ROW = (
    "id", "status", "status_reason", "diagnosis", "trigger", "attempt", "attempts", "first_run", "not_before", "cancelled_by",
    "created_at", "scheduled_at", "started_at", "finished_at", "receipt", "per_hour",
    "promised_at", "unusual_from", "timezone",
)  # fmt: skip
"""What the table of runs shows of each."""


QUERY = ("tab", "cursor", "status", "compare", run_files.CURSOR)
"""The parameters of the page's address."""


def with_person(_: str, now: datetime, named: Collection[Key]) -> list[Key]:
    """What the page reads in one call with the person: the runs that it names, the month's budget, and the jobs beside this one."""
    jobs = [job for model, key in named if (job := find(model, key)) and isinstance(job, Job)]
    return [key for job in jobs for key in _beside(job, now)]


def _beside(job: Job, now: datetime) -> list[Key]:
    runs: list[Key] = [(Run, run) for run in (job.last_run, job.active_run) if run]
    return [*runs, *month.keys(rules.key_of(BudgetScope.JOB, job.id), now), *job_order.keys(job)]


def detail(
    request: Request,
    job: Job,
    status: int = 200,
    refusal: str = "",
    form_state: FormState | None = None,
    run_with: FormState | None = None,
    secret: str = "",
) -> Response:
    """The page as it is now; after a refusal with its reason, with what was typed in `form_state` (the snooze) or `run_with`.

    `secret` is a new webhook's secret, which only this answer shows.
    """
    own = rules.key_of(BudgetScope.JOB, job.id)
    last = find(Run, job.last_run) if job.last_run else None
    active = _active(job, last)
    chosen = request.query.get("tab", "")
    tab = chosen if chosen in TABS else "results" if last else "notebook"
    order = job_order.of(request.person, job, job_order.DEPTH if tab == "order" else 1)
    in_tab = TABS[tab](request, job, last)
    return show(
        request,
        "jobs/detail.html",
        status,
        headers=_modified(job, active or last)
        | ({} if active else _whole_page(request, job, tab))
        | run_files.policy(in_tab.get("page_size")),
        job=job,
        may=access.allowed(request.person, "job", job),
        last=last,
        active=active,
        pending=bool(active and attempts.is_pending(active)),
        visibility=Visibility(job.result_visibility),
        state=job_display.state(job, request.now),
        schedule=job_display.when(job),
        next_slot=job_display.next_slot(job),
        order=order,
        refusal=refusal,
        run_with=run_with or FormState.blank(parameters=job_form_values.of_job(job)["parameters"]),
        run_with_open=run_with is not None,
        secret=secret,
        has_order=bool(job.schedule == AFTER or job.followers),
        deliveries=webhooks.latest(job)
        if tab != "order"
        else None,  # what calls there are read what is before and after
        budget=month.so_far(own, request.now),
        snooze=form_state or FormState.blank(until=job_form_values.tomorrow(job, request.now)),
        submission=FormState.blank().submission,
        tab=tab,
        here=Urls(request.base).to("jobs", job.id, **{**request.query, "tab": tab}),
        run_display=display,
        job_display=job_display,
        **in_tab,
    )


def _active(job: Job, last: Run | None) -> Run | None:
    """The run that is going; of several at once the one that others wait for."""
    if not job.active_run or (last and last.id == job.active_run):
        return last if last and not last.is_final else None
    return find(Run, job.active_run)


def _whole_page(request: Request, job: Job, tab: str) -> dict[str, str]:
    """Lets htmx, which followed a run that is over now, reload the page with the results.

    By its address: the page may be the answer to a post, which a reload would send again.
    """
    followed = request.method == "GET" and "atmo-follows" in request.headers
    return {"HX-Redirect": Urls(request.base).to("jobs", job.id, tab=tab)} if followed else {}


def _results(request: Request, job: Job, last: Run | None) -> dict[str, Any]:
    run = _latest_with_results(job, last)
    if run:
        runs.note_reading(request.person, run)
    stamps.records_read(request)
    files = run_files.shown(request, run) if run else {"files": None, "page_size": None}
    return {"run": run, "kept_until": results.kept_until(run) if run else None, **files}


def _notebook(request: Request, job: Job, last: Run | None) -> dict[str, Any]:
    content = notebooks.read(job.notebook_key, job.notebook_version)
    cells = preview.shown(content) if content else None
    shown = preview.first(cells) if cells else cells
    latest = versions.listing(job.id, VERSIONS + 1)
    return {
        "cells": shown,
        "repairs": formats.repairs(content) if content else (),
        "left_out": len(cells or ()) - len(shown or ()),
        "versions": latest[:VERSIONS],
        "more_versions": len(latest) > VERSIONS,
        "kept_days": settings().result_retention_days,
    }


def _logs(request: Request, job: Job, last: Run | None) -> dict[str, Any]:
    run = _latest_with_results(job, last)
    if run:
        runs.note_reading(request.person, run)
    stamps.records_read(request)
    return {
        "run": run,
        "log": results.log_tail(run) if run else None,
        "log_url": results.log_link(run) if run else "",
    }


def _runs(request: Request, job: Job, last: Run | None) -> dict[str, Any]:
    status = paging.one_of(request, "status", RunStatus)
    filters = {"status": status} if status else {}
    charted = latest_runs.newest(job, history.CHARTED + history.SUCCESSES, (*history.SHOWN, *right_size.READ))
    page = run_lists.of_job(job, RUNS_A_PAGE, paging.cursor(request), Search(filters=filters), RUN_ROW)
    rated = [(run.id, history.slow(run, history.successes_before(run, charted))) for run in charted]
    return {
        "run_page": page,
        "scale": history.scale(page.items, request.now, history.usual(charted[: history.CHARTED])),
        "cost_of": partial(receipts.cost_of, now=request.now),
        "chosen_status": status,
        "comparing": request.query.get("compare") == "yes",
        "chart": history.chart(charted[: history.CHARTED]),
        "advice": run_estimates.advice(charted, int(job.size), request.now),
        "slow": {run_id: slow for run_id, slow in rated if slow},
    }


def _audit(request: Request, job: Job, last: Run | None) -> dict[str, Any]:
    may = access.allowed(request.person, "job", job)
    return {"audit_entries": audit.of_object(job.id, RUNS_A_PAGE, request.query.get("cursor"), may)}


TABS: dict[str, Callable[[Request, Job, Run | None], dict[str, Any]]] = {
    "results": _results,
    "notebook": _notebook,
    "logs": _logs,
    "runs": _runs,
    "order": lambda request, job, last: {},
    "audit": _audit,
}
"""What only one tab shows; the others' is not read. What is before and after the job is read for all, further for its own tab."""


def _latest_with_results(job: Job, last: Run | None) -> Run | None:
    """The last run; while it is still going the one before it."""
    if last is None or last.is_final:
        return last
    return next(
        (run for run in run_lists.of_job(job, 10).items if run.is_final and run.status != RunStatus.SKIPPED), None
    )


def _modified(job: Job, last: Run | None) -> dict[str, str]:
    moments = [job.modified_at, job.last_run_at]
    moments += [last.started_at, last.ready_at, last.finished_at] if last else []
    return {MODIFIED: clock.text(max(moment for moment in moments if moment))}
