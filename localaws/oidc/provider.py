"""An OpenID provider for the portal's real sign-in: the code flow with PKCE, over the demo people.

It shows a page with one button for each person and asks for no password. `prompt=none` with a `login_hint` of
somebody's mail address signs that person in without the page, for tests and scripts.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from markupsafe import escape
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from localaws.clock import CloudClock
from localaws.console.html import page
from localaws.oidc import codes
from localaws.oidc.errors import OAuthError
from localaws.oidc.metadata import claims_of, discovery_document
from localaws.oidc.sign_in_page import sign_in_page
from localaws.people import PEOPLE, Person, by_email

PATH = "/_local/oidc"

_TOKEN_LIFETIME = 3600


class Provider:
    """The provider at `base_url` + PATH for one client. Codes are good once and for a minute of real time."""

    def __init__(self, base_url: str, portal_url: str, client_id: str, client_secret: str, clock: CloudClock) -> None:
        self.issuer = base_url + PATH
        self._portal_url = portal_url
        self._client = (client_id, client_secret)
        self._clock = clock
        self._key = _new_key()
        self._codes = codes.Codes()
        self._people_by_access_token: dict[str, Person] = {}
        self.stand_ins: dict[str, Callable[[Request], Response]] = {}
        """What answers at a path instead of the provider, for tests of a provider that misbehaves."""
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/.well-known/openid-configuration"): self._discovery,
            ("GET", "/jwks"): self._jwks,
            ("GET", "/authorize"): self._authorize,
            ("POST", "/authorize"): self._choose,
            ("POST", "/token"): self._token,
            ("GET", "/userinfo"): self._userinfo,
            ("GET", "/logout"): self._logout,
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        request = Request(environ)
        path = request.path.removeprefix(PATH)
        route = self.stand_ins.get(path) or self._routes.get((request.method, path))
        try:
            response: Response | HTTPException = route(request) if route else NotFound()
        except OAuthError as error:
            response = _json({"error": error.error, "error_description": str(error)}, error.status)
        return response(environ, start_response)

    def sign(self, claims: dict[str, Any]) -> str:
        """These claims as an ID token."""
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims, self._key)

    def rotate(self) -> None:
        """Sign with another key from now on, and forget the old one."""
        self._key = _new_key()

    def _discovery(self, request: Request) -> Response:
        return _json(discovery_document(self.issuer))

    def _jwks(self, request: Request) -> Response:
        return _json({"keys": [self._key.as_dict(private=False)]})

    def _authorize(self, request: Request) -> Response:
        params = request.args.to_dict()
        self._check_client(params)
        if refusal := codes.refusal(params):
            return self._redirect(params, error=refusal[0], error_description=refusal[1])
        if params.get("prompt") == "none":
            person = by_email(params.get("login_hint", ""))
            return self._grant(params, person) if person else self._redirect(params, error="login_required")
        return sign_in_page(params, f"{PATH}/authorize")

    def _choose(self, request: Request) -> Response:
        params = request.form.to_dict()
        self._check_client(params)
        if refusal := codes.refusal(params):
            return self._redirect(params, error=refusal[0], error_description=refusal[1])
        person = PEOPLE.get(params.get("person", ""))
        return self._grant(params, person) if person else self._redirect(params, error="access_denied")

    def _check_client(self, params: dict[str, str]) -> None:
        """Errors in these must not be sent to an address that may not be the client's."""
        if params.get("client_id") != self._client[0]:
            raise OAuthError("invalid_client", "No client has this client_id.")
        uri = urlsplit(params.get("redirect_uri", ""))
        if f"{uri.scheme}://{uri.netloc}" != self._portal_url:
            raise OAuthError("invalid_request", f"The redirect_uri must be below {self._portal_url}.")

    def _grant(self, params: dict[str, str], person: Person) -> Response:
        return self._redirect(params, code=self._codes.issue(params, person))

    def _redirect(self, params: dict[str, str], **response: str) -> Response:
        """Send the browser back to the client with this response."""
        if "state" in params:
            response["state"] = params["state"]
        uri = params["redirect_uri"]
        return _see_other(uri + ("&" if "?" in uri else "?") + urlencode({**response, "iss": self.issuer}))

    def _token(self, request: Request) -> Response:
        self._authenticate(request)
        if request.form.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type", "Only authorization_code is supported.")
        grant = self._codes.redeem(request.form)
        access_token = secrets.token_urlsafe(32)
        self._people_by_access_token[access_token] = grant.person
        tokens = {"access_token": access_token, "token_type": "Bearer", "expires_in": _TOKEN_LIFETIME}
        return _json({**tokens, "scope": "openid email profile groups", "id_token": self._id_token(grant)})

    def _authenticate(self, request: Request) -> None:
        basic = request.authorization
        if basic is not None and basic.type == "basic":
            credentials = unquote(basic.username or ""), unquote(basic.password or "")
        else:
            credentials = request.form.get("client_id", ""), request.form.get("client_secret", "")
        if not secrets.compare_digest("\0".join(credentials).encode(), "\0".join(self._client).encode()):
            raise OAuthError("invalid_client", "The client's id or secret is wrong.", 401)

    def _id_token(self, grant: codes.Grant) -> str:
        now = int(self._clock.timestamp())
        claims = {**claims_of(grant.person), "iss": self.issuer, "aud": self._client[0]}
        claims |= {"iat": now, "auth_time": now, "exp": now + _TOKEN_LIFETIME}
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        return self.sign(claims)

    def _userinfo(self, request: Request) -> Response:
        bearer = request.authorization
        token = bearer.token if bearer is not None and bearer.type == "bearer" else None
        person = self._people_by_access_token.get(token or "")
        if person is None:
            raise OAuthError("invalid_token", "The access token is unknown.", 401)
        return _json(claims_of(person))

    def _logout(self, request: Request) -> Response:
        target = request.args.get("post_logout_redirect_uri", "")
        if target == self._portal_url or target.startswith(self._portal_url + "/"):
            state = request.args.get("state")
            query = ("&" if "?" in target else "?") + urlencode({"state": state}) if state else ""
            return _see_other(target + query)
        return page("Signed out", f'<p>You are signed out. <a href="{escape(self._portal_url)}">To the portal</a></p>')


def _new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)


def _see_other(url: str) -> Response:
    return Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, {"Cache-Control": "no-store"}, content_type="application/json")
