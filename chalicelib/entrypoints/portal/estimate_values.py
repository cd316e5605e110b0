"""What the fragment with an estimate shows, from what is typed in a form so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib.budgets import policy, reservations
from chalicelib.clusters.forms import EstimateCluster
from chalicelib.clusters.forms import limits as cluster_limits
from chalicelib.core import clock
from chalicelib.core.errors import AtmoError
from chalicelib.core.fields import read
from chalicelib.core.reading import read_together
from chalicelib.core.tables import Key
from chalicelib.costs import estimates, spot_quote
from chalicelib.costs import service as prices
from chalicelib.costs.estimates import Estimate
from chalicelib.entrypoints.portal import job_form_values
from chalicelib.jobs import service as jobs
from chalicelib.jobs.estimate_forms import EstimateJob
from chalicelib.jobs.form_limits import limits as job_limits
from chalicelib.jobs.models import Job
from chalicelib.runs import latest_runs, run_estimates
from chalicelib.runs.right_size import Advice
from chalicelib.schedules.schedule import Schedule
from chalicelib.web.request import Request

ESTIMATE = "estimate"
"""The button that shows the form again with its estimate, for browsers without JavaScript."""
CLUSTER_FIELDS = ("size", "lifetime")
_JOB_FIELDS = ("size", "job_timeout", "timezone", "start_date", "end_date")
JOB_QUERY = (*_JOB_FIELDS, "schedule", "cron", "job")
"""What the fragments are asked for with."""


def read_with(request: Request, keys: Sequence[Key]) -> None:
    """Read these records, the budgets, and the prices that an estimate needs, in one call; only within `reading_once`."""
    read_together([*keys, policy.KEY, *prices.keys(spot_quote.types_in_use(request.now))])


def of_cluster(request: Request, typed: Mapping[str, str]) -> dict[str, Any]:
    """The estimate, or None while the fields do not make one."""
    values = {name: typed.get(name, "") for name in CLUSTER_FIELDS}
    try:
        form = read(EstimateCluster, values, **cluster_limits(request.user))
    except AtmoError as error:
        return {"estimate": None, "estimate_refusal": error.message}
    estimate = estimates.of_cluster(form.size, form.lifetime, request.now)
    return _shown(estimate, request.user.username, None)


def of_job(request: Request, typed: Mapping[str, str], job: Job | None = None) -> dict[str, Any]:
    """The same for a job; with one that exists, by its earlier runs. The fragment names that by `job`."""
    values = {name: typed.get(name, "") for name in _JOB_FIELDS} | {"schedule": job_form_values.rule(typed)}
    try:
        form: Any = read(EstimateJob, values, **job_limits(request.user))
        job = job or (jobs.get(request.user, typed["job"]) if typed.get("job") else None)
        timing = _timing(form, request.now)
    except AtmoError as error:
        return {"estimate": None, "estimate_refusal": error.message}
    if form.size is None or form.schedule is None or form.job_timeout is None:
        return {"estimate": None, "estimate_refusal": ""}
    earlier = latest_runs.of_size(job, int(form.size)) if job else []
    estimate = run_estimates.of_schedule(int(form.size), int(form.job_timeout), timing, request.now, earlier)
    advice = run_estimates.advice(earlier, int(form.size), request.now)
    return _shown(estimate, job.owner if job else request.user.username, job.id if job else None, advice)


def _shown(estimate: Estimate, owner: str, job_id: str | None, advice: Advice | None = None) -> dict[str, Any]:
    unreserved = reservations.unreserved(owner, job_id, estimate)
    return {
        "estimate": estimate,
        "estimate_refusal": "",
        "unreserved": unreserved,
        "too_dear": reservations.refusal_of_one("cluster" if estimate.runs is None else "run", estimate),
        "advice": advice,
    }


def _timing(form: Any, now: datetime) -> Schedule:
    zone = form.timezone or "UTC"
    start = clock.in_utc(form.start_date, zone) if form.start_date else now
    end = clock.in_utc(form.end_date, zone) if form.end_date else None
    return Schedule(form.schedule or "daily", zone, start, end)
