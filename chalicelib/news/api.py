"""The announcement over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib import clock, fields
from chalicelib.news import announcements
from chalicelib.news.forms import Announcement
from chalicelib.site.models import Setting
from chalicelib.web import answers
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


def record(now: Announcement | None, stored: Setting | None) -> dict[str, Any]:
    """The announcement, and by whom and when it was last changed; `is_shown` is false while there never was one."""
    said = (
        now.model_dump()
        if now
        else {"is_shown": False, "style": "info", "title": "", "body": None, "is_markdown": False}
    )
    return said | {
        "changed_by": stored.changed_by if stored else None,
        "changed_at": clock.text(stored.changed_at) if stored else None,
    }


@routes.endpoint("/announcement", "own.look")
def get(request: Request) -> Response:
    """What is announced to everybody."""
    return answers.as_json(record(*announcements.read()))


@routes.endpoint("/announcement", "announcement.change", methods=("PUT",), body=Announcement)
def put(request: Request) -> Response:
    """Replace the announcement; with `is_shown` false nobody sees it."""
    form = fields.read(Announcement, request.json)
    return answers.as_json(record(form, announcements.save(request.someone, form, request.now)))
