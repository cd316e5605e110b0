"""Stop everything, over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.ownership import stopping
from chalicelib.ownership.forms import Stop
from chalicelib.ownership.stop_schemas import STOP, stop_record
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


def _stopped_before(request: Request, _: str) -> Response:
    form = read(Stop, request.json)
    return responses.as_json(stop_record(stopping.plan(form.person), stopping.Stopped() if form.confirm else None))


@routes.endpoint("/stop", "site.stop", methods=("POST",), body=Stop, again=_stopped_before, gives=STOP)
def stop(request: Request) -> Response:
    """End all clusters and runs and freeze the site, or end one person's. Without `confirm` this only says what it would end, and
    what that costs an hour. What there was no time for is `left` for another call."""
    form = read(Stop, request.json)
    planned = stopping.plan(form.person)
    stopped = stopping.stop(request.user, form.person, form.reason or "", request.now) if form.confirm else None
    return responses.as_json(stop_record(planned, stopped))
