"""Jobs as files over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.core.schemas import OBJECT, TEXT, TIME, WHOLE, Record, listed, many
from chalicelib.import_export import service as import_export
from chalicelib.import_export.job_file import JobsFile
from chalicelib.job_changes.schemas import JOB, job_record
from chalicelib.jobs import service as jobs
from chalicelib.jobs.form_limits import limits
from chalicelib.web import paging, responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)

EXPORT = Record("ExportedJobs", format=TEXT, version=WHOLE, exported_at=TIME, jobs=many(OBJECT))


@routes.endpoint("/jobs/{job_id}/export", "job.view", query=("notebook",), gives=EXPORT)
def export(request: Request, job_id: str) -> Response:
    """The job as a file that can be imported, including its notebook unless `notebook=no`."""
    job = jobs.get(request.user, job_id)
    with_notebook = paging.one_of(request, "notebook", ("yes", "no")) != "no"
    return responses.as_json(EXPORT.of(**import_export.export(request.user, job, with_notebook, request.now)))


@routes.endpoint(
    "/jobs/import", "job.create", methods=("POST",), body=JobsFile, status=201, idempotent=True, gives=listed(JOB)
)
def load(request: Request) -> Response:
    """Create the jobs in a file. If anything is wrong with any of them, none is created."""
    file = read(JobsFile, request.json, **limits(request.user))
    made = import_export.import_jobs(request.user, file, request.idempotency_key, request.now)
    return responses.as_json({"items": [job_record(request.user, job) for job in made], "next": None}, 201)
