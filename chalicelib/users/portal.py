"""Sign in, sign out, API tokens."""

from __future__ import annotations

import hmac

from chalice.app import Response

from chalicelib.config import settings
from chalicelib.errors import Forbidden
from chalicelib.users import service as users
from chalicelib.web import answers, auth, forms, oidc
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

routes = PortalRoutes(__name__)


@routes.page("/login", "site.sign-in")
def login(request: Request) -> Response:
    """Send the browser to the provider, keeping what the callback must match."""
    sign_in = oidc.SignIn.begin(request.query.get("next", ""))
    content = {"state": sign_in.state, "nonce": sign_in.nonce, "verifier": sign_in.verifier, "next": sign_in.next}
    secret = users.open_session(request.now, users.SIGN_IN_LASTS, content=content)
    cookie = auth.cookie(secret, int(users.SIGN_IN_LASTS.total_seconds()), "sign-in")
    return answers.redirect(oidc.authorize_url(settings(), sign_in, _callback(request)), {"Set-Cookie": cookie})


@routes.page("/login/callback", "site.sign-in")
def callback(request: Request) -> Response:
    """Back from the provider: check, remember the person, begin a session under a new secret."""
    sign_in = _sign_in_under_way(request)
    if problem := request.query.get("error"):
        raise Forbidden(f"The provider did not sign you in ({problem}). Please try again.")
    person = oidc.person_of_code(settings(), sign_in, request.query.get("code", ""), _callback(request), request.now)
    users.remember(person, request.now)
    secret = users.open_session(request.now, users.SESSION_LASTS, person.username)
    cookies = [auth.cookie(secret, int(users.SESSION_LASTS.total_seconds())), auth.cookie("", 0, "sign-in")]
    return answers.redirect(Urls(request.base).here(sign_in.next), {"Set-Cookie": cookies})


def _sign_in_under_way(request: Request) -> oidc.SignIn:
    """The sign-in that this browser began, used up by being read.

    Raises:
        Forbidden: there is none, or the state is another one's.
    """
    secret = request.cookies.get(auth.cookie_name("sign-in"), "")
    session = users.session(secret, request.now) if secret else None
    given = request.query.get("state", "")
    if not session or session.username or not hmac.compare_digest(session.content["state"].encode(), given.encode()):
        raise Forbidden("This sign-in was not begun here, or took more than ten minutes. Please sign in again.")
    users.close_session(secret)
    return oidc.SignIn(**session.content)


def _callback(request: Request) -> str:
    """Where the provider sends the browser: the configured address of the portal, never the request's Host header."""
    return Urls(settings().portal_url).to("login", "callback")


@routes.page("/logout", "site.sign-out", methods=("POST",))
def logout(request: Request) -> Response:
    """End the session here, then at the provider."""
    users.close_session(request.session_secret)
    back = settings().portal_url + "/"
    return answers.redirect(oidc.sign_out_url(settings(), back) or back, {"Set-Cookie": auth.cookie("", 0)})


@routes.page("/tokens", "token.manage", methods=("GET", "POST"))
def tokens(request: Request) -> Response:
    """The person's API tokens; a new one is shown on this page only."""
    issued, sheet = "", forms.blank(name="")
    if request.method == "POST":
        sheet = forms.posted(request, name="")
        with sheet.marking():
            secret = users.token_of(request.session_secret, sheet.submission)
            issued = users.issue_token(request.someone.username, sheet.values["name"].strip(), request.now, secret)
            sheet = forms.blank(name="")
    found = users.tokens(request.someone.username)
    return show(request, "users/tokens.html", sheet.status, tokens=found, issued=issued, sheet=sheet)


@routes.page("/tokens/{digest}/revoke", "token.manage", methods=("POST",))
def revoke(request: Request, digest: str) -> Response:
    """End a token."""
    users.revoke_token(request.someone.username, digest)
    return go(request, "tokens")
