"""Site settings over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib import clock, fields
from chalicelib.site import service as site
from chalicelib.site.forms import SiteSettings
from chalicelib.site.models import Setting
from chalicelib.web import answers
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


def record(settings: SiteSettings, stored: Setting | None) -> dict[str, Any]:
    """The settings, by whom and when they were last changed, and the changes before that."""
    changed = {
        "changed_by": stored.changed_by if stored else None,
        "changed_at": clock.text(stored.changed_at) if stored else None,
        "history": stored.history if stored else [],
    }
    return settings.model_dump() | changed


@routes.endpoint("/settings", "settings.view")
def get(request: Request) -> Response:
    """How clusters are launched: spot instances, instance types, EFS."""
    return answers.as_json(record(*site.read()))


@routes.endpoint("/settings", "settings.change", methods=("PUT",), body=SiteSettings)
def put(request: Request) -> Response:
    """Replace the site's settings; what is left out gets its default."""
    form = fields.read(SiteSettings, request.json)
    return answers.as_json(record(form, site.save(request.someone, form, request.now)))
