"""Stop everything, in the browser: what it would end and what that costs, and the button that does it."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.limits import LIMITS
from chalicelib.ownership import stopping
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

COUNTS = ("ended", "refused", "left")
"""What the page says after the button was pressed, as its address has it."""


@routes.page(
    "/admin/stop",
    "site.stop",
    query=("person", *COUNTS),
    methods=("GET", "POST"),
    fields=("confirm", "reason"),
    then="/admin/stop",
)
def stop(request: Request) -> Response:
    """Everybody's, or with `person` one person's clusters and runs."""
    owner = request.query.get("person", "").strip()[: LIMITS.owner_name] or None
    if request.method == "GET" or request.form.get("confirm") != "yes":
        counts = {name: request.query.get(name, "") for name in COUNTS}
        counted = {name: int(text) for name, text in counts.items() if text.isdecimal()}
        return show(request, "admin/stop.html", plan=stopping.plan(owner), owner=owner, counted=counted)
    reason = request.form.get("reason", "").strip()[: LIMITS.reason]
    stopped = stopping.stop(request.user, owner, reason, request.now)
    done = {"ended": len(stopped.ended), "refused": len(stopped.refused), "left": stopped.left}
    return go(request, "admin", "stop", **({"person": owner} if owner else {}), **done)
