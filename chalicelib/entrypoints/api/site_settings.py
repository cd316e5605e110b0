"""Site settings over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core import fields
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.forms import SiteSettingsForm
from chalicelib.site_settings.schemas import SETTINGS, settings_record
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/settings", "settings.view", gives=SETTINGS)
def get(request: Request) -> Response:
    """How clusters are launched: spot instances, instance types, EFS."""
    return responses.as_json(settings_record(*site_settings.read()))


def _as_they_are(request: Request, _: str) -> Response:
    return get(request)


@routes.endpoint(
    "/settings",
    "settings.change",
    methods=("PUT",),
    body=SiteSettingsForm,
    compares=True,
    again=_as_they_are,
    gives=SETTINGS,
)
def put(request: Request) -> Response:
    """Replace the site's settings. Any that are left out get their default."""
    settings = fields.read(SiteSettingsForm, request.json).settings()
    check = if_match(request, settings_record)
    return responses.as_json(
        settings_record(*site_settings.change(request.user, lambda _: settings, request.now, check))
    )
