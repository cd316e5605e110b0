"""Past slots of a job in the browser: a grid of what became of them, and running a range of them after it was counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from chalice.app import Response

from chalicelib.budgets import reservations
from chalicelib.core.errors import Conflict
from chalicelib.core.fields import read
from chalicelib.core.text import form_value
from chalicelib.costs.estimates import Estimate
from chalicelib.identity import access
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs import backfilling, backfills, display, run_estimates, slot_history
from chalicelib.runs.forms import SHOWN, NewBackfill
from chalicelib.schedules.backfill import Order, Which
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

FIELDS = ("from", "to", "at_once", "order", "which")


@routes.page("/jobs/{job_id}/backfill", "job.view", reads={"job_id": Job}, query=FIELDS)
def page(request: Request, job_id: str) -> Response:
    """What became of the slots of the last weeks, the backfill that goes on, and the form for one; once that is filled in, how
    many slots it means, and how long they take."""
    job = jobs.get(request.user, job_id)
    form_state = FormState.blank(
        **_last_week(job, request.now) | {name: request.query[name] for name in _typed(request)}
    )
    return _counted(request, job, form_state) if _typed(request) else _page(request, job, form_state)


def _typed(request: Request) -> list[str]:
    return [name for name in FIELDS if name in request.query]


def _counted(request: Request, job: Job, form_state: FormState) -> Response:
    with form_state.collect_errors():
        form = read(NewBackfill, {name: form_state.values[name] for name in FIELDS})
        _, slots = backfilling.planned(request.user, job, form, request.now)
        times = backfilling.estimate(job, len(slots), form.at_once)
        return _page(request, job, form_state, slots, times, run_estimates.of_backfill(job, len(slots), request.now))
    return _page(request, job, form_state)


@routes.page("/jobs/{job_id}/backfill/begin", "job.run", methods=("POST",), fields=FIELDS)
def begin(request: Request, job_id: str) -> Response:
    """Begin the backfill that was counted; refused on the same page."""
    job = jobs.get(request.user, job_id, "job.run")
    form_state = FormState.from_request(request, **_last_week(job, request.now))
    with form_state.collect_errors(keep=True):
        form = read(NewBackfill, {name: form_state.values[name] for name in FIELDS})
        backfilling.begin(request.user, job, form, request.now)
        return go(request, "jobs", job.id, "backfill")
    return _page(request, job, form_state)


@routes.page("/jobs/{job_id}/backfill/stop", "job.run", methods=("POST",))
def stop(request: Request, job_id: str) -> Response:
    """Stop the backfill that goes on."""
    job = jobs.get(request.user, job_id, "job.run")
    try:
        backfilling.stop(job, request.user.username)
    except Conflict as error:
        form_state = FormState.blank(**_last_week(job, request.now))
        form_state.refusal = error.message
        return _page(request, job, form_state)
    return go(request, "jobs", job.id, "backfill")


def _last_week(job: Job, now: datetime) -> dict[str, str]:
    begin, until = (form_value(moment, job.timezone) for moment in (now - timedelta(days=7), now))
    return {"from": begin, "to": until, "at_once": "1", "order": Order.OLDEST, "which": Which.MISSING}


def _page(
    request: Request,
    job: Job,
    form_state: FormState,
    counted: Sequence[datetime] = (),
    times: backfilling.Estimate | None = None,
    estimate: Estimate | None = None,
) -> Response:
    outcomes = list(slot_history.outcomes(job.id, request.now - SHOWN, request.now))
    going = backfills.of_job(job)
    return show(
        request,
        "jobs/backfill.html",
        form_state.status,
        job=job,
        may=access.allowed(request.person, "job", job),
        form_state=form_state,
        weeks=display.slot_weeks(outcomes, job.timezone),
        going=going,
        left=len(backfills.remaining(job, going)) if going else 0,
        orders=list(Order),
        whiches=list(Which),
        counted=counted,
        times=times,
        estimate=estimate,
        unreserved=reservations.unreserved(job.owner, job.id, estimate) if estimate else "",
    )
