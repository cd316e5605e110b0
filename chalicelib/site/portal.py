"""The page on which admins change the site's settings."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib import fields
from chalicelib.config import settings
from chalicelib.site import service as site
from chalicelib.site.forms import LONGEST_WAIT, SHORTEST_WAIT, SiteSettings
from chalicelib.web import forms
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/admin/settings", "settings.change", methods=("GET", "POST"))
def change(request: Request) -> Response:
    """The settings as they are, and the change."""
    now, stored = site.read()
    if request.method == "GET":
        sheet = forms.blank(**_typed(now))
    else:
        sheet = forms.posted(request)
        with sheet.marking():
            site.save(request.someone, fields.read(SiteSettings, sheet.values), request.now)
            return go(request, "admin", "settings")
    return show(
        request,
        "site/settings.html",
        sheet.status,
        sheet=sheet,
        stored=stored,
        default_type=settings().worker_instance_type,
        waits=(SHORTEST_WAIT, LONGEST_WAIT),
    )


def _typed(now: SiteSettings) -> dict[str, Any]:
    """The settings as a form's fields hold them."""
    return now.model_dump() | {
        "worker_types": " ".join(now.worker_types),
        "efs": now.efs or "",
        "freeze_reason": now.freeze_reason or "",
    }
