"""Jobs as files in the browser."""

from __future__ import annotations

import json
from typing import Any

from chalice.app import Response

from chalicelib.core import strict_json
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.fields import read
from chalicelib.import_export import job_file
from chalicelib.import_export import service as import_export
from chalicelib.import_export.job_file import JobsFile
from chalicelib.jobs import service as jobs
from chalicelib.jobs.form_limits import limits
from chalicelib.web import paging, responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/jobs/{job_id}/export", "job.view", query=("notebook",))
def export(request: Request, job_id: str) -> Response:
    """The job as a file to download."""
    job = jobs.get(request.user, job_id)
    with_notebook = paging.one_of(request, "notebook", ("yes", "no")) != "no"
    body = json.dumps(import_export.export(request.user, job, with_notebook, request.now), indent=1)
    return responses.text(
        body, "application/json", {"Content-Disposition": f'attachment; filename="{job.identifier}.atmo.json"'}
    )


@routes.page("/jobs/import", "job.create", methods=("GET", "POST"), fields=("identifier", "file"), idempotent=True)
def load(request: Request) -> Response:
    """Choose a file of jobs, and the jobs made of it; or, job by job and field by field, why not."""
    if request.method == "GET":
        return _form(request, FormState.blank(identifier=""), [])
    form_state, content = FormState.from_request(request, identifier=""), None
    try:
        content = _read_file(request, form_state.values["identifier"].strip())
        file = read(JobsFile, content, **limits(request.user))
        made = import_export.import_jobs(request.user, file, form_state.submission, request.now)
    except Invalid as error:
        form_state.errors["file"] = "The file was not imported."
        return _form(request, form_state, [job_file.in_words(refusal, content) for refusal in error.errors])
    return go(request, "jobs", made[0].id) if len(made) == 1 else go(request)


def _read_file(request: Request, identifier: str) -> Any:
    """The file's content, under another identifier if one was typed."""
    file = request.files.get("file")
    if file is None:
        raise Invalid([FieldError("file", "Choose a file.")])
    try:
        content = strict_json.loads(file.content)
    except ValueError:
        raise Invalid([FieldError("file", f"{file.name} is not JSON. Choose a file that was exported here.")]) from None
    if not isinstance(content, dict):
        raise Invalid([FieldError("file", f"{file.name} is not a job file. Choose one that was exported here.")])
    if identifier:
        _rename(content.get("jobs"), identifier)
    return content


def _rename(jobs: Any, identifier: str) -> None:
    if not isinstance(jobs, list) or len(jobs) != 1 or not isinstance(jobs[0], dict):
        raise Invalid([FieldError("identifier", "You can only give another identifier to a file with one job.")])
    jobs[0]["identifier"] = identifier


def _form(request: Request, form_state: FormState, refusals: list[str]) -> Response:
    return show(request, "jobs/import.html", form_state.status, form_state=form_state, refusals=refusals)
