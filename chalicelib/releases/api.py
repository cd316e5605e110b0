"""EMR releases over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.releases import service as releases
from chalicelib.releases.models import Release
from chalicelib.web import answers
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.records import fields
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


def record(release: Release) -> dict[str, Any]:
    """A release as the API gives it."""
    return fields(release, "version", "changelog_url", "help_text", "is_active", "is_experimental", "is_deprecated")


@routes.endpoint("/releases", "release.view")
def listing(request: Request) -> Response:
    """The EMR releases that can be chosen, the newest first."""
    return answers.as_json({"items": [record(release) for release in releases.offered()], "next": None})
