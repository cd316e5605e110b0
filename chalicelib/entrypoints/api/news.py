"""The announcement over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.core import clock, fields
from chalicelib.news import announcements
from chalicelib.news.forms import STYLES, Announcement
from chalicelib.site_settings.models import Setting
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request
from chalicelib.web.schemas import TEXT, TIME, TRUTH, Record, maybe, one_of

routes = ApiRoutes(__name__)

ANNOUNCED = Record(
    "CurrentAnnouncement", is_shown=TRUTH, style=one_of(STYLES), title=TEXT, body=maybe(TEXT), is_markdown=TRUTH,
    changed_by=maybe(TEXT), changed_at=maybe(TIME),
)  # fmt: skip


def record(now: Announcement | None, stored: Setting | None) -> dict[str, Any]:
    """The announcement, and by whom and when it was last changed; `is_shown` is false while there never was one."""
    said = (
        now.model_dump()
        if now
        else {"is_shown": False, "style": "info", "title": "", "body": None, "is_markdown": False}
    )
    changed_at = clock.text(stored.changed_at) if stored else None
    return ANNOUNCED.of(**said, changed_by=stored.changed_by if stored else None, changed_at=changed_at)


@routes.endpoint("/announcement", "own.look", gives=ANNOUNCED)
def get(request: Request) -> Response:
    """The announcement that everybody sees."""
    return responses.as_json(record(*announcements.read()))


@routes.endpoint("/announcement", "announcement.change", methods=("PUT",), body=Announcement, gives=ANNOUNCED)
def put(request: Request) -> Response:
    """Replace the announcement. If `is_shown` is false, nobody sees it."""
    form = fields.read(Announcement, request.json)
    return responses.as_json(record(form, announcements.save(request.user, form, request.now)))
