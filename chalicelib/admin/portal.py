"""For admins: what is offered, and what is running for whom."""

from __future__ import annotations

from chalice.app import Response
from natsort import natsorted

from chalicelib.clusters import sweep as clusters
from chalicelib.errors import NotFound
from chalicelib.jobs import sweep as runs
from chalicelib.releases.models import Release
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/admin")
def overview(request: Request) -> Response:
    """EMR releases, live clusters and live runs of all people. Everybody else finds no such page."""
    if not request.someone.is_admin:
        raise NotFound("There is no such page.")
    releases = natsorted(Release.scan(), key=lambda release: release.version, reverse=True)
    return show(request, "admin/overview.html", releases=releases, clusters=clusters.live(), runs=runs.live())
