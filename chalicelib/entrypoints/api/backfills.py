"""Past slots of a job over the API: what became of them, and running a range of them."""

from __future__ import annotations

from datetime import datetime

from chalice.app import Response

from chalicelib.budgets import reservations
from chalicelib.core import clock
from chalicelib.core.fields import read
from chalicelib.core.schemas import TEXT, TIME, WHOLE, Record, many, maybe, one_of, searchable
from chalicelib.costs.schemas import ESTIMATE, estimate_record
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.runs import backfilling, run_estimates, slot_history
from chalicelib.runs.forms import NewBackfill, Span
from chalicelib.runs.models import RunStatus
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)

TIMES = Record("BackfillTimes", run_seconds=maybe(WHOLE), seconds=maybe(WHOLE), at_most_seconds=WHOLE)
BEGUN = Record("BackfillBegun", runs=WHOLE, estimate=ESTIMATE, times=TIMES)
STOPPED = Record("BackfillStopped", stopped=WHOLE)
OUTCOME = Record("SlotOutcome", slot=TIME, run=TEXT, status=one_of(RunStatus), runs=many(TEXT))


def _begun_before(request: Request, _: str, job_id: str) -> Response:
    job, form = jobs.get(request.user, job_id, "job.run"), read(NewBackfill, request.json)
    return _begun(job, int(job.backfill_total), form.at_once, request.now)


@routes.endpoint(
    "/jobs/{job_id}/backfill",
    "job.run",
    methods=("POST",),
    body=NewBackfill,
    status=202,
    again=_begun_before,
    gives=BEGUN,
)
def begin(request: Request, job_id: str) -> Response:
    """Run past slots of a job, beside its schedule; `runs` says how many, `estimate` what they cost together, and `times` how long
    they take: by the job's last successful runs, and at most by its timeout. 409 with the reason while another one goes on."""
    job = jobs.get(request.user, job_id, "job.run")
    form = read(NewBackfill, request.json)
    return _begun(job, backfilling.begin(request.user, job, form, request.now), form.at_once, request.now)


def _begun(job: Job, count: int, at_once: int, now: datetime) -> Response:
    estimated = run_estimates.of_backfill(job, count, now)
    estimate = estimate_record(estimated, reservations.unreserved(job.owner, job.id, estimated))
    return responses.as_json(BEGUN.of(runs=count, estimate=estimate, times=_times(job, count, at_once)), 202)


def _times(job: Job, count: int, at_once: int) -> dict[str, int | None]:
    usual, longest = backfilling.estimate(job, count, at_once), backfilling.longest(job, count, at_once)
    return TIMES.of(
        run_seconds=round(usual.took.total_seconds()) if usual else None,
        seconds=round(usual.all.total_seconds()) if usual else None,
        at_most_seconds=round(longest.total_seconds()),
    )


def _stopped_before(request: Request, _: str, job_id: str) -> Response:
    jobs.get(request.user, job_id, "job.run")
    return responses.as_json(STOPPED.of(stopped=0))


@routes.endpoint("/jobs/{job_id}/backfill", "job.run", methods=("DELETE",), again=_stopped_before, gives=STOPPED)
def stop(request: Request, job_id: str) -> Response:
    """Stop the job's backfill: what has not begun does not begin; `stopped` says how many slots that are. Runs that have a
    cluster go on."""
    job = jobs.get(request.user, job_id, "job.run")
    return responses.as_json(STOPPED.of(stopped=backfilling.stop(job, request.user.username)))


@routes.endpoint(
    "/jobs/{job_id}/slots",
    "job.view",
    query=("from", "to", "limit", "cursor"),
    searched_by=slot_history.FIELDS,
    gives=searchable(OUTCOME),
)
def outcomes(request: Request, job_id: str) -> Response:
    """What became of the job's slots from a moment to another, the last six weeks without them: `run` is the one that counts,
    the latest that succeeded, or else the latest, and `status` its status."""
    job, span = jobs.get(request.user, job_id), {name: request.query.get(name) for name in ("from", "to")}
    begin, until = read(Span, {name: text for name, text in span.items() if text}).in_zone(job.timezone, request.now)
    search, limit, cursor = (
        search_query.search(request, slot_history.FIELDS),
        paging.limit(request),
        paging.cursor(request),
    )
    page = slot_history.search(job.id, begin, until, limit, cursor, search)
    return responses.as_json(page.as_search_json(_shown))


def _shown(outcome: slot_history.SlotOutcome) -> dict[str, object]:
    return OUTCOME.of(slot=clock.text(outcome.slot), run=outcome.run, status=outcome.status, runs=list(outcome.runs))
