"""The announcement over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core import fields
from chalicelib.news import announcements
from chalicelib.news.forms import Announcement
from chalicelib.news.schemas import ANNOUNCED, announcement_record
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/announcement", "own.look", gives=ANNOUNCED)
def get(request: Request) -> Response:
    """The announcement that everybody sees."""
    return responses.as_json(announcement_record(*announcements.read()))


def _as_it_is(request: Request, _: str) -> Response:
    return get(request)


@routes.endpoint(
    "/announcement",
    "announcement.change",
    methods=("PUT",),
    body=Announcement,
    compares=True,
    again=_as_it_is,
    gives=ANNOUNCED,
)
def put(request: Request) -> Response:
    """Replace the announcement. If `is_shown` is false, nobody sees it."""
    form = fields.read(Announcement, request.json)
    stored = announcements.save(request.user, form, request.now, if_match(request, announcement_record))
    return responses.as_json(announcement_record(form, stored))
