"""An OpenID provider for the portal's real sign-in: the code flow with PKCE, over the demo people.

It shows a page with one button for each person and asks for no password. `prompt=none` with a `login_hint` of
somebody's mail address signs that person in without the page, for tests and scripts.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from markupsafe import escape
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Request, Response

from localaws.clock import CloudClock
from localaws.console.html import page
from localaws.people import PEOPLE, Person

PATH = "/_local/oidc"

_CODE_LIFE = 60.0
_TOKEN_LIFE = 3600


@dataclass(frozen=True)
class _Grant:
    """What a code stands for until it is exchanged."""

    person: Person
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires: float


class _Refused(Exception):
    """An error that the client is told by OAuth's name for it."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.status = status


class Provider:
    """The provider at `base_url` + PATH for one client. Codes are good once and for a minute of real time."""

    def __init__(self, base_url: str, portal_url: str, client_id: str, client_secret: str, clock: CloudClock) -> None:
        self.issuer = base_url + PATH
        self._portal_url = portal_url
        self._client = (client_id, client_secret)
        self._clock = clock
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
        self._grants: dict[str, _Grant] = {}
        self._access: dict[str, Person] = {}
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
        place = request.path.removeprefix(PATH)
        route = self.stand_ins.get(place) or self._routes.get((request.method, place))
        try:
            answer: Response | HTTPException = route(request) if route else NotFound()
        except _Refused as refused:
            answer = _json({"error": refused.error, "error_description": str(refused)}, refused.status)
        return answer(environ, start_response)

    def _discovery(self, request: Request) -> Response:
        return _json(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
                "end_session_endpoint": f"{self.issuer}/logout",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "email", "profile", "groups"],
                "claims_supported": ["sub", "email", "email_verified", "name", "preferred_username", "groups"],
            }
        )

    def _jwks(self, request: Request) -> Response:
        return _json({"keys": [self._key.as_dict(private=False)]})

    def _authorize(self, request: Request) -> Response:
        asked = request.args.to_dict()
        self._check_client(asked)
        if problem := _problem(asked):
            return self._back(asked, error=problem[0], error_description=problem[1])
        if asked.get("prompt") == "none":
            person = _by_mail(asked.get("login_hint", ""))
            return self._grant(asked, person) if person else self._back(asked, error="login_required")
        return _sign_in_page(asked)

    def _choose(self, request: Request) -> Response:
        asked = request.form.to_dict()
        self._check_client(asked)
        if problem := _problem(asked):
            return self._back(asked, error=problem[0], error_description=problem[1])
        person = PEOPLE.get(asked.get("person", ""))
        return self._grant(asked, person) if person else self._back(asked, error="access_denied")

    def _check_client(self, asked: dict[str, str]) -> None:
        """Errors in these must not be sent to an address that may not be the client's."""
        if asked.get("client_id") != self._client[0]:
            raise _Refused("invalid_client", "No client has this client_id.")
        uri = urlsplit(asked.get("redirect_uri", ""))
        if f"{uri.scheme}://{uri.netloc}" != self._portal_url:
            raise _Refused("invalid_request", f"The redirect_uri must be below {self._portal_url}.")

    def _grant(self, asked: dict[str, str], person: Person) -> Response:
        code = secrets.token_urlsafe(32)
        self._grants[code] = _Grant(
            person, asked["redirect_uri"], asked["code_challenge"], asked.get("nonce"), time.monotonic() + _CODE_LIFE
        )
        return self._back(asked, code=code)

    def _back(self, asked: dict[str, str], **answer: str) -> Response:
        if "state" in asked:
            answer["state"] = asked["state"]
        uri = asked["redirect_uri"]
        return _to(uri + ("&" if "?" in uri else "?") + urlencode({**answer, "iss": self.issuer}))

    def _token(self, request: Request) -> Response:
        self._authenticate(request)
        form = request.form
        if form.get("grant_type") != "authorization_code":
            raise _Refused("unsupported_grant_type", "Only authorization_code is supported.")
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or time.monotonic() > grant.expires:
            raise _Refused("invalid_grant", "The code is unknown, used or too old.")
        if form.get("redirect_uri") != grant.redirect_uri:
            raise _Refused("invalid_grant", "The redirect_uri is not the one of the request for the code.")
        if _challenge(form.get("code_verifier", "")) != grant.challenge:
            raise _Refused("invalid_grant", "The code_verifier does not match the code_challenge.")
        access = secrets.token_urlsafe(32)
        self._access[access] = grant.person
        tokens = {"access_token": access, "token_type": "Bearer", "expires_in": _TOKEN_LIFE}
        return _json({**tokens, "scope": "openid email profile groups", "id_token": self._id_token(grant)})

    def _authenticate(self, request: Request) -> None:
        basic = request.authorization
        if basic is not None and basic.type == "basic":
            given = unquote(basic.username or ""), unquote(basic.password or "")
        else:
            given = request.form.get("client_id", ""), request.form.get("client_secret", "")
        if not secrets.compare_digest("\0".join(given).encode(), "\0".join(self._client).encode()):
            raise _Refused("invalid_client", "The client's id or secret is wrong.", 401)

    def _id_token(self, grant: _Grant) -> str:
        now = int(self._clock.timestamp())
        claims = {**_claims(grant.person), "iss": self.issuer, "aud": self._client[0]}
        claims |= {"iat": now, "auth_time": now, "exp": now + _TOKEN_LIFE}
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        return self.sign(claims)

    def sign(self, claims: dict[str, Any]) -> str:
        """These claims as an ID token."""
        return jwt.encode({"alg": "RS256", "kid": self._key.kid}, claims, self._key)

    def rotate(self) -> None:
        """Sign with another key from now on, and forget the old one."""
        self._key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)

    def _userinfo(self, request: Request) -> Response:
        bearer = request.authorization
        person = self._access.get(bearer.token or "") if bearer is not None and bearer.type == "bearer" else None
        if person is None:
            raise _Refused("invalid_token", "The access token is unknown.", 401)
        return _json(_claims(person))

    def _logout(self, request: Request) -> Response:
        target = request.args.get("post_logout_redirect_uri", "")
        if target == self._portal_url or target.startswith(self._portal_url + "/"):
            state = request.args.get("state")
            return _to(target + (("&" if "?" in target else "?") + urlencode({"state": state}) if state else ""))
        return page("Signed out", f'<p>You are signed out. <a href="{escape(self._portal_url)}">To the portal</a></p>')


def _problem(asked: dict[str, str]) -> tuple[str, str] | None:
    if asked.get("response_type") != "code":
        return "unsupported_response_type", "Only the code flow is supported."
    if "openid" not in asked.get("scope", "").split():
        return "invalid_scope", "The scope must contain openid."
    if not asked.get("code_challenge") or asked.get("code_challenge_method") != "S256":
        return "invalid_request", "PKCE with S256 is required."
    return None


def _sign_in_page(asked: dict[str, str]) -> Response:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in asked.items()
    )
    hinted = _by_mail(asked.get("login_hint", ""))
    buttons = "".join(_button(person, person is hinted) for person in PEOPLE.values())
    text = "<p>This is the embedded cloud's own sign-in. It has four people and no passwords.</p>"
    return page("Who are you?", f'{text}<form method="post" action="{PATH}/authorize">{hidden}{buttons}</form>')


def _button(person: Person, hinted: bool) -> str:
    focus = " autofocus" if hinted else ""
    groups = f" <small>{escape(', '.join(person.groups))}</small>" if person.groups else ""
    return (
        f'<button class="person" name="person" value="{person.username}"{focus}><strong>{escape(person.name)}</strong>'
        f"{groups}<span>{escape(person.email)}</span><span>{escape(person.about)}</span></button>"
    )


def _claims(person: Person) -> dict[str, Any]:
    return {
        "sub": f"local-{person.username}",
        "email": person.email,
        "email_verified": True,
        "name": person.name,
        "preferred_username": person.username,
        "groups": list(person.groups),
    }


def _by_mail(address: str) -> Person | None:
    return next((person for person in PEOPLE.values() if person.email == address), None)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _to(url: str) -> Response:
    return Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, {"Cache-Control": "no-store"}, content_type="application/json")
