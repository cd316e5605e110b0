"""EMR releases over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core import fields
from chalicelib.core.schemas import searchable
from chalicelib.core.short_lists import search_all
from chalicelib.releases import service as releases
from chalicelib.releases.forms import NewRelease, ReleaseChoices
from chalicelib.releases.schemas import RELEASE, release_record
from chalicelib.releases.search import FIELDS
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/releases", "release.view", query=("limit", "cursor"), searched_by=FIELDS, gives=searchable(RELEASE))
def listing(request: Request) -> Response:
    """The EMR releases to choose from, newest first."""
    search = search_query.search(request, FIELDS)
    page = search_all(releases.offered(), search, FIELDS, paging.limit(request), paging.cursor(request))
    return responses.as_json(page.as_search_json(release_record))


def _as_it_is(request: Request, made: str, version: str = "") -> Response:
    return responses.as_json(release_record(releases.get(version or made)))


@routes.endpoint(
    "/releases", "release.change", methods=("POST",), body=NewRelease, status=201, again=_as_it_is, gives=RELEASE
)
def add(request: Request) -> Response:
    """Offer an EMR release."""
    return responses.as_json(release_record(releases.add(fields.read(NewRelease, request.json))), 201)


@routes.endpoint("/releases/{version}", "release.view", gives=RELEASE)
def get(request: Request, version: str) -> Response:
    """One EMR release, offered or not."""
    return responses.as_json(release_record(releases.get(version)))


@routes.endpoint(
    "/releases/{version}",
    "release.change",
    methods=("PUT",),
    body=ReleaseChoices,
    compares=True,
    again=_as_it_is,
    gives=RELEASE,
)
def change(request: Request, version: str) -> Response:
    """Change how an EMR release is offered. Fields that are left out get their default."""
    form, check = fields.read(ReleaseChoices, request.json), if_match(request, release_record)
    return responses.as_json(release_record(releases.change(version, form, request.now, check)))
