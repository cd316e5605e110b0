"""The news: NEWS.md as a page, for everybody; and the announcement, which admins write."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.core import fields
from chalicelib.core.markdown import rendered
from chalicelib.news import announcements, read_marker
from chalicelib.news.forms import STYLES, Announcement
from chalicelib.site_settings.models import Setting
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

PREVIEW = "preview"
"""The button that shows an announcement without saving it."""
BLANK = {"is_shown": "yes", "style": "info", "title": "", "body": "", "is_markdown": "no"}


@routes.page("/news", "site.look")
def news(request: Request) -> Response:
    """What is new. Whoever has read it is not told again."""
    if request.person:
        read_marker.note(request.person)
    return show(request, "news/news.html", news=rendered(read_marker.body()))


@routes.page(
    "/admin/announcement",
    "announcement.change",
    methods=("GET", "POST"),
    fields=(*BLANK, PREVIEW),
    then="/admin/announcement",
)
def announcement(request: Request) -> Response:
    """The announcement, its preview, and the change."""
    now, stored = announcements.read()
    shown = now
    if request.method == "GET":
        form_state = FormState.filled(_typed(now))
    else:
        form_state = FormState.from_request(request, **BLANK)
        with form_state.collect_errors(keep=True):
            shown = fields.read(Announcement, _filled(form_state.values))
            if PREVIEW not in request.form:
                announcements.save(request.user, shown, request.now, form_state.check(_typed))
                return go(request, "admin", "announcement")
    return show(
        request, "news/announcement.html", form_state.status, form_state=form_state, stored=stored, shown=shown, styles=STYLES
    )  # fmt: skip


def _filled(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in Announcement.model_fields}


def _typed(now: Announcement | None, stored: Setting | None = None) -> dict[str, Any]:
    """The announcement as a form's fields hold it."""
    if now is None:
        return BLANK
    switches = {name: "yes" if getattr(now, name) else "no" for name in ("is_shown", "is_markdown")}
    return now.model_dump() | {"body": now.body or ""} | switches
