"""Site settings over the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalice.app import Response

from chalicelib.core import clock, fields
from chalicelib.site_settings import service as site
from chalicelib.site_settings.forms import SiteSettingsForm
from chalicelib.site_settings.models import Setting
from chalicelib.site_settings.settings import SiteSettings
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request
from chalicelib.web.schemas import OBJECT, TEXT, TIME, TRUTH, WHOLE, Record, many, maybe

routes = ApiRoutes(__name__)

CHANGE = Record("SettingsChange", by=TEXT, at=TIME, changes=OBJECT)
SETTINGS = Record(
    "CurrentSettings", spot=TRUTH, spot_price=WHOLE, spot_timeout=WHOLE, worker_types=many(TEXT), task_size=WHOLE,
    efs=maybe(TEXT), frozen=TRUTH, freeze_reason=maybe(TEXT),
    changed_by=maybe(TEXT), changed_at=maybe(TIME), history=many(CHANGE),
)  # fmt: skip


def record(settings: SiteSettings, stored: Setting | None) -> dict[str, Any]:
    """The settings, by whom and when they were last changed, and the changes before that."""
    changed = {
        "changed_by": stored.changed_by if stored else None,
        "changed_at": clock.text(stored.changed_at) if stored else None,
        "history": stored.history if stored else [],
    }
    return SETTINGS.of(**asdict(settings), **changed)


@routes.endpoint("/settings", "settings.view", gives=SETTINGS)
def get(request: Request) -> Response:
    """How clusters are launched: spot instances, instance types, EFS."""
    return responses.as_json(record(*site.read()))


@routes.endpoint("/settings", "settings.change", methods=("PUT",), body=SiteSettingsForm, gives=SETTINGS)
def put(request: Request) -> Response:
    """Replace the site's settings. Any that are left out get their default."""
    settings = fields.read(SiteSettingsForm, request.json).settings()
    return responses.as_json(record(settings, site.save(request.user, settings, request.now)))
