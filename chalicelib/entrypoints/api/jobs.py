"""Jobs and runs over the API, to be read; `job_changes` has the endpoints that change them."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from chalice.app import Response

from chalicelib.audit.context import Channel
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.schemas import searchable
from chalicelib.identity.access import Scope
from chalicelib.job_changes.schemas import JOB, JOB_GRAPH, graph_record, job_record
from chalicelib.jobs import order as job_order
from chalicelib.jobs import search as job_search
from chalicelib.jobs import service as jobs
from chalicelib.mail.webhooks.search import FIELDS as DELIVERY_FIELDS
from chalicelib.runs import apps, file_search, publication, results, webhooks
from chalicelib.runs import listing as run_lists
from chalicelib.runs import service as runs
from chalicelib.runs.file_search import FIELDS as FILE_FIELDS
from chalicelib.runs.models import Run, RunStatus
from chalicelib.runs.schemas import DELIVERY, RESULT, RUN, run_record
from chalicelib.runs.search import FIELDS as RUN_FIELDS
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint(
    "/jobs",
    "own.look",
    query=("scope", "limit", "cursor"),
    searched_by=job_search.fields(clock.now(), RunStatus),
    gives=searchable(JOB, "JobSearch"),
)
def listing(request: Request) -> Response:
    """Jobs, latest first."""
    search = search_query.search(request, job_search.fields(request.now, RunStatus))
    page = jobs.listing(
        request.user,
        paging.limit(request),
        paging.cursor(request),
        paging.scope(request),
        search=search,
        now=request.now,
    )
    return responses.as_json(page.as_search_json(partial(job_record, request.user)))


@routes.endpoint("/jobs/{job_id}", "job.view", gives=JOB)
def get(request: Request, job_id: str) -> Response:
    """One job."""
    return responses.as_json(job_record(request.user, jobs.get(request.user, job_id)))


@routes.endpoint("/jobs/{job_id}/graph", "job.view", gives=JOB_GRAPH)
def graph(request: Request, job_id: str) -> Response:
    """Which jobs start after which, up to three steps before and after this one, the first job first. Those that the caller may
    not see are counted (`not_shared`), and so are more distant ones (`further`); `waits_for` is what the first job starts after."""
    job = jobs.get(request.user, job_id)
    return responses.as_json(graph_record(job_order.of(request.user, job, job_order.DEPTH)))


@routes.endpoint(
    "/jobs/{job_id}/deliveries",
    "job.view",
    query=("limit", "cursor"),
    searched_by=DELIVERY_FIELDS,
    gives=searchable(DELIVERY),
)
def deliveries(request: Request, job_id: str) -> Response:
    """The deliveries to the job's webhook, latest first."""
    job, search = jobs.get(request.user, job_id), search_query.search(request, DELIVERY_FIELDS)
    page = webhooks.listing(job, paging.limit(request), paging.cursor(request), search)
    return responses.as_json(page.as_search_json(DELIVERY.of))


@routes.endpoint(
    "/jobs/{job_id}/runs", "job.view", query=("limit", "cursor"), searched_by=RUN_FIELDS, gives=searchable(RUN)
)
def run_listing(request: Request, job_id: str) -> Response:
    """A job's runs, latest first."""
    job, search = jobs.get(request.user, job_id), search_query.search(request, RUN_FIELDS)
    page = run_lists.of_job(job, paging.limit(request), paging.cursor(request), search)
    return responses.as_json(page.as_search_json(run_record))


@routes.endpoint(
    "/runs",
    "own.look",
    query=("scope", "job", "limit", "cursor"),
    choices={"scope": run_lists.SCOPES},
    searched_by=RUN_FIELDS,
    gives=searchable(RUN),
)
def all_runs(request: Request) -> Response:
    """Runs of all jobs, deleted ones too, latest first: the caller's or, for maintainers and admins, everybody's; with `?job=`
    those of one job that the caller may see, also after it was deleted."""
    scope = Scope(paging.one_of(request, "scope", run_lists.SCOPES, Scope.MINE))
    search, job_id = search_query.search(request, RUN_FIELDS), request.query.get("job", "").strip()
    listed = run_lists.of_everything(request.user, paging.limit(request), paging.cursor(request), scope, search, job_id)
    return responses.as_json(listed.page.as_search_json(run_record))


@routes.endpoint("/runs/{run_id}", "run.view", gives=RUN)
def get_run(request: Request, run_id: str) -> Response:
    """One run: one that the caller may see, or one with public results, of which the rest is left empty."""
    return responses.as_json(run_record(runs.read(request.person, run_id)[0]))


@routes.endpoint(
    "/runs/{run_id}/results", "run.view", query=("limit", "cursor"), searched_by=FILE_FIELDS, gives=searchable(RESULT)
)
def run_results(request: Request, run_id: str) -> Response:
    """A run's files, by name. `url` works for fifteen minutes; `link` is permanent and redirects to a fresh one."""
    run, public = runs.read(request.person, run_id)
    search, limit, cursor = search_query.search(request, FILE_FIELDS), paging.limit(request), paging.cursor(request)
    page = file_search.listing(run, public, limit, cursor, search)
    return responses.as_json(page.as_search_json(lambda file: _result(run, file)))


def _result(run: Run, file: results.Result) -> dict[str, Any]:
    link = f"{settings().portal_url}/api/v1/runs/{run.id}/files/{quote(file.name, safe='')}"
    return RESULT.of(file, url=results.link(run, file.name), link=link)


@routes.endpoint("/runs/{run_id}/files/{name}", "run.view", status=302)
def run_file(request: Request, run_id: str, name: str) -> Response:
    """Redirect to one of a run's files, at an address in S3 that works for fifteen minutes."""
    run, public = runs.read(request.person, run_id)
    publication.check(public, name)
    return responses.redirect(results.fresh_link(run, name), status=302)


@routes.endpoint("/runs/{run_id}/apps/{name}", apps.ACTION, status=302)
def run_app(request: Request, run_id: str, name: str) -> Response:
    """Redirect to a page of the run's cluster, `spark-history` or `yarn`, by a link that EMR makes for this request."""
    return responses.redirect(apps.link(request.user, Channel.API, run_id, name, request.now), status=302)
