"""Prices over the API, and what something will cost."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalice.app import Response

from chalicelib.budgets import reservations
from chalicelib.clusters import extension_costs
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import EstimateCluster, EstimateExtension
from chalicelib.clusters.forms import limits as cluster_limits
from chalicelib.clusters.rules import refuse_extension
from chalicelib.core import clock
from chalicelib.core.errors import Forbidden, Invalid, NotFound
from chalicelib.core.fields import Form, read
from chalicelib.core.limits import LIMITS
from chalicelib.core.schemas import listed
from chalicelib.costs import estimates, months, spot_quote, sums
from chalicelib.costs.estimates import Estimate
from chalicelib.costs.schemas import ESTIMATE, MONTH, PRICE, estimate_record, month_record, price_record
from chalicelib.identity import permissions
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person
from chalicelib.jobs import service as jobs
from chalicelib.jobs.estimate_forms import EstimateJob
from chalicelib.jobs.form_limits import limits as job_limits
from chalicelib.jobs.models import Job
from chalicelib.runs import latest_runs, run_estimates
from chalicelib.runs.schemas import JOB_ADVICE, advice_record
from chalicelib.schedules.schedule import Schedule
from chalicelib.web import paging, responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


class EstimateForm(Form):
    """What to estimate: a cluster, a job, or the extension of a cluster that there is."""

    cluster: EstimateCluster | None = None
    extension: EstimateExtension | None = None
    job: EstimateJob | None = None  # type: ignore[valid-type]


@routes.endpoint("/prices", "own.look", gives=listed(PRICE))
def listing(request: Request) -> Response:
    """What a worker costs per hour on spot and on demand, for each worker type; empty if the site does not use spot."""
    return responses.as_json({"items": [price_record(price) for price in spot_quote.prices(request.now)], "next": None})


@routes.endpoint("/estimates", "cost.estimate", methods=("POST",), body=EstimateForm, gives=ESTIMATE)
def estimate(request: Request) -> Response:
    """What a cluster, a job or an extension will cost: an hour, in all (for a run at most), and a month of its schedule. Nothing is
    made."""
    context = cluster_limits(request.user) | job_limits(request.user)
    form = read(EstimateForm, request.json, **context)
    if len([one for one in (form.cluster, form.job, form.extension) if one]) != 1:
        raise Invalid.field("cluster", "Name one cluster, job or extension to estimate.")
    if form.extension:
        return _of_extension(request.user, form.extension, request.now)
    if form.cluster:
        estimated = estimates.of_cluster(form.cluster.size, form.cluster.lifetime, request.now)
        return _answer(estimated, request.user.username)
    job = _job(request.user, form.job)
    estimated = _of_job(form.job, job, request.now)
    return _answer(estimated, job.owner if job else request.user.username, job.id if job else None)


@routes.endpoint("/jobs/{job_id}/advice", "job.view", gives=JOB_ADVICE)
def advice(request: Request, job_id: str) -> Response:
    """Whether fewer workers would do, by what Spark used in the job's latest successful runs, three at least; null where they are
    needed, where little would be saved, and while too little is known."""
    job = jobs.get(request.user, job_id)
    earlier = latest_runs.of_size(job, int(job.size))
    return responses.as_json(advice_record(run_estimates.advice(earlier, int(job.size), request.now)))


@routes.endpoint("/costs", "own.look", query=("month", "scope"), gives=MONTH)
def month(request: Request) -> Response:
    """What a month has cost you, by job and EMR release; with `?scope=all` everybody, also by person and group and with how near
    estimates came, for admins. What still runs is not in it yet."""
    chosen = request.query.get("month") or sums.month_of(request.now)
    if not sums.MONTH.fullmatch(chosen):
        raise Invalid.field("month", "Give a month such as 2026-11.")
    everybody = paging.scope(request) == Scope.ALL
    if everybody and not permissions.allows("cost.all", permissions.roles_of(request.person)):
        raise Forbidden("Only admins can see what everybody's clusters and runs have cost.")
    summed, _ = months.of_month(chosen, None if everybody else request.user.username)
    return responses.as_json(month_record(summed))


def _answer(estimated: Estimate, owner: str, job_id: str | None = None) -> Response:
    too_dear = reservations.refusal_of_one("cluster" if estimated.runs is None else "run", estimated)
    return responses.as_json(estimate_record(estimated, reservations.unreserved(owner, job_id, estimated), too_dear))


def _of_extension(person: Person, form: EstimateExtension, now: datetime) -> Response:
    """
    Raises:
        Invalid: there is no such cluster, or none that this person may extend or that can be extended.
    """
    try:
        cluster = clusters.get(person, form.cluster, "cluster.extend")
    except (NotFound, Forbidden) as error:
        raise Invalid.field("extension.cluster", error.message) from None
    if refusal := refuse_extension(cluster):
        raise Invalid.field("extension.cluster", refusal)
    estimated = extension_costs.estimate(cluster, form.hours, now)
    return responses.as_json(estimate_record(estimated, **extension_costs.notes(cluster, estimated)))


def _job(person: Person, form: Any) -> Job | None:
    """The job that the form names, if it does.

    Raises:
        Invalid: there is no such job.
    """
    try:
        return jobs.get(person, form.id) if form.id else None
    except NotFound as error:
        raise Invalid.field("job.id", error.message) from None


def _of_job(form: Any, job: Job | None, now: datetime) -> Estimate:
    """
    Raises:
        Invalid: naming what is missing.
    """

    def value(name: str, default: Any = None) -> Any:
        chosen = getattr(form, name)
        return (getattr(job, name) if job else default) if chosen is None else chosen

    size, rule = value("size"), value("schedule")
    for name, needed in (("size", size), ("schedule", rule)):
        if needed is None:
            raise Invalid.field(f"job.{name}", "This field is required.")
    zone = value("timezone", "UTC")
    start, end = value("start_date", now), value("end_date")
    timing = Schedule(rule, zone, clock.in_utc(start, zone), clock.in_utc(end, zone) if end else None)
    earlier = latest_runs.of_size(job, int(size)) if job else []
    timeout = int(value("job_timeout", LIMITS.job_timeout.default))
    return run_estimates.of_schedule(int(size), timeout, timing, now, earlier)
