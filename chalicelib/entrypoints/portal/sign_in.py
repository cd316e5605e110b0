"""Sign in, sign out."""

from __future__ import annotations

import hmac

from chalice.app import Response

from chalicelib.audit import context as audit_context
from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel, Effect
from chalicelib.core.config import settings
from chalicelib.core.errors import Forbidden, Unavailable
from chalicelib.identity import session_rules, sessions, users
from chalicelib.identity import sign_in as oidc_sign_in
from chalicelib.identity.person import Person
from chalicelib.identity.rate_limit import service as rate_limit
from chalicelib.identity.user_agents import browser
from chalicelib.web import auth, responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import leave
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

routes = PortalRoutes(__name__)


@routes.page("/login", "site.sign-in", query=("next",))
def login(request: Request) -> Response:
    """Send the browser to the provider, keeping what the callback must match."""
    sign_in = oidc_sign_in.SignIn.begin(request.query.get("next", ""))
    onward = oidc_sign_in.authorize_url(settings(), sign_in, _callback(), request.now)
    content = {"state": sign_in.state, "nonce": sign_in.nonce, "verifier": sign_in.verifier, "next": sign_in.next}
    secret = sessions.begin_sign_in(content, request.now)
    cookie = auth.cookie(secret, int(sessions.SIGN_IN_LASTS.total_seconds()), "sign-in")
    return leave(request, onward, {"Set-Cookie": cookie})


@routes.page("/login/callback", "site.sign-in", query=None)
def callback(request: Request) -> Response:
    """Back from the provider: check, remember the person, begin a session under a new secret."""
    try:
        sign_in = _sign_in_under_way(request)
        signed_in = oidc_sign_in.finish(settings(), sign_in, request.query, _callback(), request.now)
        _remember(request, signed_in.person)
    except Forbidden as error:
        rate_limit.note("sign-in", request.client_ip, request.now)
        if isinstance(error, oidc_sign_in.NotAllowed):
            _refuse(request, error.username, "Was refused at sign-in: in none of the groups that may use the portal.")
        raise
    sessions.forget(request.session_secret)
    secret = _begin(request, signed_in)
    cookies = [auth.cookie(secret, int(session_rules.LASTS.total_seconds())), auth.cookie("", 0, "sign-in")]
    return responses.redirect(Urls(request.base).here(sign_in.next), {"Set-Cookie": cookies})


def _remember(request: Request, person: Person) -> None:
    try:
        users.remember(person, request.now)
    except Forbidden as error:
        _refuse(request, person.username, f"Was refused at sign-in: {error.message}")
        raise


def _begin(request: Request, signed_in: oidc_sign_in.SignedIn) -> str:
    """The secret of a new session, which is on the person's trail."""
    name, agent = signed_in.person.username, browser(request.headers.get("user-agent", ""))
    with audit_context.open_context(name, Channel.PORTAL, "site.sign-in", request.now):
        return sessions.begin(name, request.now, agent, request.client_ip, signed_in.id_token)


def _refuse(request: Request, username: str, summary: str) -> None:
    """Only of those whom the provider vouches for: anybody can come here with a made-up answer, as often as they like."""
    effect = Effect("person", username, username, summary)
    audit.record_first(username, Channel.PORTAL, "site.sign-in", effect, request.now)


def _sign_in_under_way(request: Request) -> oidc_sign_in.SignIn:
    """The sign-in that this browser began, used up by being read.

    Raises:
        Forbidden: there is none, or the state is another one's.
    """
    content = sessions.take_sign_in(request.cookies.get(auth.cookie_name("sign-in"), ""), request.now)
    state = request.query.get("state", "")
    if not content or not hmac.compare_digest(content["state"].encode(), state.encode()):
        raise Forbidden(
            "This sign-in was not started here, has already been used, or took too long. Please sign in again."
        )
    return oidc_sign_in.SignIn(**content)


def _callback() -> str:
    """Where the provider sends the browser: the configured address of the portal, never the request's Host header."""
    return Urls(settings().portal_url).to("login", "callback")


@routes.page("/logout", "site.sign-out", methods=("POST",))
def logout(request: Request) -> Response:
    """End the session here, then at the provider."""
    return signed_out(request, sessions.sign_out(request.session_secret))


def signed_out(request: Request, id_token: str) -> Response:
    """On to the provider's own sign-out; when it does not answer, one is signed out here all the same."""
    back = settings().portal_url + "/"
    try:
        onward = oidc_sign_in.sign_out_url(settings(), id_token, back, request.now) or back
    except Unavailable:
        onward = back
    return leave(request, onward, {"Set-Cookie": auth.cookie("", 0)})
