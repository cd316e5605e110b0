"""The pages on which admins say which EMR releases are offered, and how."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.core import fields
from chalicelib.releases import service as releases
from chalicelib.releases.forms import NewRelease, ReleaseChoices
from chalicelib.releases.models import Release
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

SWITCHES = ("is_active", "is_experimental", "is_deprecated")
BLANK = {
    "version": "", "changelog_url": "", "help_text": "", "is_active": "yes", "is_experimental": "no", "is_deprecated": "no",
}  # fmt: skip


@routes.page("/admin/releases/new", "release.change", methods=("GET", "POST"), fields=None, then="/admin")
def new(request: Request) -> Response:
    """The form for a release, and the release."""
    if request.method == "GET":
        return _form(request, FormState.blank(**BLANK), None)
    form_state = FormState.from_request(request, **BLANK)
    with form_state.collect_errors():
        releases.add(fields.read(NewRelease, form_state.values))
        return go(request, "admin")
    return _form(request, form_state, None)


@routes.page("/admin/releases/{version}", "release.change", methods=("GET", "POST"), fields=tuple(BLANK), then="/admin")
def change(request: Request, version: str) -> Response:
    """The same form for a release that there is."""
    release = releases.get(version)
    if request.method == "GET":
        return _form(request, FormState.filled(_typed(release)), release)
    form_state = FormState.from_request(request, **_typed(release))
    with form_state.collect_errors(keep=True):
        values = {name: value for name, value in form_state.values.items() if name in ReleaseChoices.model_fields}
        releases.change(version, fields.read(ReleaseChoices, values), request.now, form_state.check(_typed))
        return go(request, "admin")
    return _form(request, form_state, release)


def _form(request: Request, form_state: FormState, release: Release | None) -> Response:
    return show(request, "releases/form.html", form_state.status, form_state=form_state, release=release)


def _typed(release: Release) -> dict[str, Any]:
    """The release as a form's fields hold it."""
    switches = {name: "yes" if getattr(release, name) else "no" for name in SWITCHES}
    return {"changelog_url": release.changelog_url, "help_text": release.help_text} | switches
