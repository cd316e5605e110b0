"""What changes jobs and runs over the API."""

from __future__ import annotations

from functools import partial

from chalice.app import Response

from chalicelib.audit.forms import Because
from chalicelib.core.fields import read
from chalicelib.job_changes import deletion, editing, pausing, publication
from chalicelib.job_changes.forms import EditJob, Snooze
from chalicelib.job_changes.schemas import EDITED_JOB, JOB, NEW_JOB, SECRET, job_record
from chalicelib.jobs import creation
from chalicelib.jobs import service as jobs
from chalicelib.jobs.form_limits import limits
from chalicelib.jobs.forms import CommittedJob
from chalicelib.jobs.models import Job
from chalicelib.runs import repair as repairing
from chalicelib.runs import service as runs
from chalicelib.runs import starting
from chalicelib.runs.forms import Repair, RunNow
from chalicelib.runs.schemas import RUN, run_record
from chalicelib.schedules import concurrency
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint(
    "/jobs", "job.create", methods=("POST",), body=CommittedJob, status=201, idempotent=True, gives=NEW_JOB
)
def create(request: Request) -> Response:
    """Schedule a job. A repeated `Idempotency-Key` returns the first request's job. Only the first one has the webhook's secret."""
    form = read(CommittedJob, request.json, **limits(request.user))
    outcome = creation.create(request.user, form, request.idempotency_key, request.now)
    job = outcome.record
    secret = {"webhook_secret": job.webhook_secret} if job.webhook_secret and outcome.is_new else {}
    return responses.as_json(job_record(request.user, job) | secret, 201)


def _as_it_is(request: Request, _: str, job_id: str) -> Response:
    return responses.as_json(job_record(request.user, jobs.get(request.user, job_id)))


def _edited_before(request: Request, _: str, job_id: str) -> Response:
    return _edited(request, jobs.get(request.user, job_id))


def _edited(request: Request, job: Job) -> Response:
    unaffected = {"unaffected_runs": concurrency.unfinished_runs(job)}
    return responses.as_json(job_record(request.user, job) | unaffected)


@routes.endpoint(
    "/jobs/{job_id}",
    "job.edit",
    methods=("PATCH",),
    body=EditJob,
    compares=True,
    again=_edited_before,
    gives=EDITED_JOB,
)
def edit(request: Request, job_id: str) -> Response:
    """Change a job. Fields that are left out stay as they are. `unaffected_runs`, in progress or waiting, keep the notebook and
    settings as they were; an attempt that waits is replaced by one of the newest notebook by repairing it."""
    form = read(EditJob, request.json, **limits(request.user))
    check = if_match(request, partial(job_record, request.user))
    return _edited(request, editing.edit(request.user, job_id, form, request.now, check))


@routes.endpoint("/jobs/{job_id}", "job.delete", methods=("DELETE",), body=Because, status=204, compares=True)
def delete(request: Request, job_id: str) -> Response:
    """Delete a job; its runs and their results are kept. Its owner is told who else deleted it, and the `reason`."""
    jobs.get(request.user, job_id, "job.delete")
    reason, check = read(Because, request.json).reason or "", if_match(request, partial(job_record, request.user))
    deletion.delete(request.user, job_id, request.now, check, reason)
    return responses.empty()


@routes.endpoint(
    "/jobs/{job_id}/run", "job.run", methods=("POST",), body=RunNow, status=202, idempotent=True, gives=RUN
)
def run(request: Request, job_id: str) -> Response:
    """Run a job now; 409 with the reason if its overlap policy does not allow another run."""
    form = read(RunNow, request.json)
    job = jobs.get(request.user, job_id, "job.run")
    run = starting.run_now(request.user, job, form.parameters, request.idempotency_key, request.now, slot=form.slot)
    return responses.as_json(run_record(run), 202)


@routes.endpoint("/jobs/{job_id}/pause", "job.edit", methods=("POST",), body=Because, again=_as_it_is, gives=JOB)
def pause(request: Request, job_id: str) -> Response:
    """Stop scheduled runs until the job is resumed."""
    jobs.get(request.user, job_id, "job.edit")
    reason = read(Because, request.json).reason or ""
    return responses.as_json(job_record(request.user, pausing.pause(request.user, job_id, request.now, reason)))


@routes.endpoint("/jobs/{job_id}/resume", "job.edit", methods=("POST",), again=_as_it_is, gives=JOB)
def resume(request: Request, job_id: str) -> Response:
    """Resume scheduled runs from the next slot on."""
    return responses.as_json(job_record(request.user, pausing.resume(request.user, job_id, request.now)))


@routes.endpoint("/jobs/{job_id}/snooze", "job.edit", methods=("POST",), body=Snooze, again=_as_it_is, gives=JOB)
def snooze(request: Request, job_id: str) -> Response:
    """Skip the job's slots until a given time; resuming the job ends this earlier."""
    jobs.get(request.user, job_id, "job.edit")
    form = read(Snooze, request.json)
    return responses.as_json(job_record(request.user, pausing.snooze(request.user, job_id, form.until, request.now)))


def _secret_is_gone(request: Request, _: str, job_id: str) -> Response:
    jobs.get(request.user, job_id, "job.publish")
    return responses.as_json(SECRET.of())


@routes.endpoint("/jobs/{job_id}/webhook-secret", "job.publish", methods=("POST",), again=_secret_is_gone, gives=SECRET)
def renew_webhook_secret(request: Request, job_id: str) -> Response:
    """Create a new secret for signing deliveries to the job's webhook; the old one is no longer used. Only the first
    answer to an `Idempotency-Key` has it."""
    return responses.as_json(SECRET.of(webhook_secret=publication.renew_webhook_secret(request.user, job_id)))


def _run_as_it_is(request: Request, _: str, run_id: str) -> Response:
    return responses.as_json(run_record(runs.get(request.user, run_id)))


@routes.endpoint("/runs/{run_id}/cancel", "run.cancel", methods=("POST",), body=Because, again=_run_as_it_is, gives=RUN)
def cancel(request: Request, run_id: str) -> Response:
    """Stop a run and its cluster; 409 if it has already ended."""
    runs.get(request.user, run_id, "run.cancel")
    reason = read(Because, request.json).reason or ""
    return responses.as_json(run_record(runs.cancel(request.user, run_id, request.now, reason)))


@routes.endpoint(
    "/runs/{run_id}/repair", "run.repair", methods=("POST",), body=Repair, status=202, idempotent=True, gives=RUN
)
def repair(request: Request, run_id: str) -> Response:
    """Run a failed run again with its slot and parameters, and its job's newest notebook and settings, in place of an attempt
    that waits; 409 with the reason if it has not failed, or its job does not allow another run."""
    form = read(Repair, request.json)
    run = repairing.repair(request.user, run_id, form.parameters, request.idempotency_key, request.now)
    return responses.as_json(run_record(run), 202)


@routes.endpoint("/runs/{run_id}/withdraw", "run.withdraw", methods=("POST",), again=_run_as_it_is, gives=RUN)
def withdraw(request: Request, run_id: str) -> Response:
    """Make a public run private. Making its job private does that to all its runs."""
    return responses.as_json(run_record(runs.withdraw(request.user, run_id)))
