"""One's account: who one is here, and where one is signed in."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.entrypoints.portal.sign_in import signed_out
from chalicelib.identity import session_rules, sessions
from chalicelib.identity.digests import digest
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/account", "own.look")
def account(request: Request) -> Response:
    """Name, address, groups, sessions."""
    return show(
        request,
        "users/account.html",
        sessions=sessions.live(request.user, request.now),
        this=digest(request.session_secret),
        lasts=session_rules.LASTS,
        idles=session_rules.MAX_IDLE,
    )


@routes.page("/account/sessions/{session_id}/end", "site.sign-out", methods=("POST",), then="/account")
def end_session(request: Request, session_id: str) -> Response:
    """End one session, such as that of a lost laptop."""
    sessions.end_one(request.user, session_id, request.now)
    return go(request, "account")


@routes.page("/account/sign-out-everywhere", "site.sign-out", methods=("POST",), then="/")
def sign_out_everywhere(request: Request) -> Response:
    """End every session, this one too."""
    sessions.end_all(request.user, request.now)
    return signed_out(request, sessions.forget(request.session_secret))
