"""API tokens in the browser."""

from __future__ import annotations

from datetime import timedelta

from chalice.app import Response

from chalicelib.core.fields import read
from chalicelib.core.limits import LIMITS
from chalicelib.identity import tokens
from chalicelib.identity.forms import SCOPES, IssueToken
from chalicelib.web import form_state
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import Sheet
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)
FRESH = {"name": "", "scope": "write", "days": 90, "until": ""}


@routes.page("/tokens", "token.manage", methods=("GET", "POST"))
def listing(request: Request) -> Response:
    """The person's API tokens; a new one is shown on this page only."""
    issued, sheet = "", form_state.blank(**FRESH)
    if request.method == "POST":
        sheet = form_state.posted(request, **FRESH)
        with sheet.marking():
            issued = _issue(request, sheet)
            sheet = form_state.blank(**FRESH)
    return show(
        request,
        "users/tokens.html",
        sheet.status,
        tokens=tokens.listing(request.someone.username),
        issued=issued,
        sheet=sheet,
        lifetimes=[(days, f"{days} days" if days < LIMITS.token_days[-1] else "A year") for days in LIMITS.token_days],
        scopes=list(SCOPES.items()),
        last_day=(request.now + timedelta(days=LIMITS.token_days[-1])).date(),
    )


def _issue(request: Request, sheet: Sheet) -> str:
    form = read(IssueToken, sheet.values)
    secret = tokens.secret_of(request.session_secret, sheet.submission)
    owner = request.someone.username
    tokens.issue(owner, form.name, form.expires_at(request.now), request.now, form.scope, secret)
    return secret


@routes.page("/tokens/{token_id}/revoke", "token.manage", methods=("POST",))
def revoke(request: Request, token_id: str) -> Response:
    """End a token."""
    tokens.revoke(request.someone.username, token_id)
    return go(request, "tokens")
