"""API tokens in the browser."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.config import settings
from chalicelib.core.fields import read
from chalicelib.core.limits import LIMITS
from chalicelib.core.short_lists import search_all
from chalicelib.entrypoints.portal.searched_list import A_PAGE, context_of
from chalicelib.identity import tokens
from chalicelib.identity.forms import SCOPES, IssueToken
from chalicelib.identity.search import TOKENS
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)
FRESH = {"name": "", "scope": "write", "days": 90, "until": ""}


@routes.page("/tokens", "token.manage", methods=("GET", "POST"), fields=None, searched_by=TOKENS, idempotent=True)
def listing(request: Request) -> Response:
    """The person's API tokens; a new one is shown on this page only."""
    issued, form_state = "", FormState.blank(**FRESH)
    if request.method == "POST":
        form_state = FormState.from_request(request, **FRESH)
        with form_state.collect_errors():
            issued = _issue(request, form_state)
            form_state = FormState.blank(**FRESH)
    own = tokens.listing(request.user.username)
    status, searched = context_of(
        request, TOKENS, lambda search, cursor: search_all(own, search, TOKENS, A_PAGE, cursor)
    )
    return show(
        request,
        "users/tokens.html",
        form_state.status if request.method == "POST" else status,
        **searched,
        issued=issued,
        sign_in_days=settings().token_sign_in_days,
        form_state=form_state,
        lifetimes=[(days, f"{days} days" if days < LIMITS.token_days[-1] else "A year") for days in LIMITS.token_days],
        scopes=list(SCOPES.items()),
    )


def _issue(request: Request, form_state: FormState) -> str:
    form = read(IssueToken, form_state.values)
    secret = tokens.secret_of(request.session_secret, form_state.submission)
    owner = request.user.username
    tokens.issue(owner, form.name, form.expires_at(request.now), request.now, form.scope, secret)
    return secret


@routes.page("/tokens/{token_id}/revoke", "token.manage", methods=("POST",), then="/tokens")
def revoke(request: Request, token_id: str) -> Response:
    """End a token."""
    tokens.revoke(request.user.username, token_id)
    return go(request, "tokens")
