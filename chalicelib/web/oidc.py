"""Signing in: OpenID Connect's code flow with PKCE, state and nonce, against any provider with discovery.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, RFC 7636 (PKCE).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

import urllib3
from aws_lambda_powertools.utilities import parameters
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chalicelib.config import Settings
from chalicelib.errors import Forbidden, Unavailable
from chalicelib.observability import logger
from chalicelib.users.person import Person, allowed, username_of

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
_TIMEOUT = urllib3.Timeout(connect=3, read=7)


@dataclass(frozen=True)
class SignIn:
    """A sign-in under way: what the callback must bring back (state), prove (verifier) and contain (nonce)."""

    state: str
    nonce: str
    verifier: str
    next: str

    @classmethod
    def begin(cls, next_page: str) -> SignIn:
        return cls(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), next_page)


def authorize_url(settings: Settings, sign_in: SignIn, redirect_uri: str) -> str:
    """The provider's page to which the browser is sent.

    Raises:
        Unavailable: the provider does not answer.
    """
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sign_in.verifier.encode()).digest()).decode().rstrip("=")
    asked = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": sign_in.state,
        "nonce": sign_in.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{_discovered(settings.oidc_issuer)['authorization_endpoint']}?{urlencode(asked)}"


def person_of_code(settings: Settings, sign_in: SignIn, code: str, redirect_uri: str, now: datetime) -> Person:
    """Exchange the code for an ID token, check it, and say who it is about.

    Raises:
        Forbidden: the code or the token is not acceptable, or the person is in none of the allowed groups.
        Unavailable: the provider does not answer.
    """
    answer = _exchange(settings, code, sign_in.verifier, redirect_uri)
    claims = _checked_claims(settings, str(answer.get("id_token", "")), sign_in.nonce, now)
    if not claims.get("email") or claims.get("email_verified") is False:
        raise Forbidden("The provider did not give a verified e-mail address, which is needed to know you by.")
    groups = frozenset(str(group) for group in claims.get("groups") or claims.get("cognito:groups") or [])
    if not allowed(groups, settings.allowed_groups):
        raise Forbidden(
            "You are in none of the groups that may use this portal. Ask an administrator to add you to one."
        )
    email = str(claims["email"]).lower()
    return Person(username_of(email, settings.home_domain), email, groups)


def sign_out_url(settings: Settings, back_to: str) -> str:
    """The provider's own sign-out, which leads back to us; "" when it has none."""
    endpoint = _discovered(settings.oidc_issuer).get("end_session_endpoint")
    asked = {"client_id": settings.oidc_client_id, "post_logout_redirect_uri": back_to}
    return f"{endpoint}?{urlencode(asked)}" if endpoint else ""


def _exchange(settings: Settings, code: str, verifier: str, redirect_uri: str) -> Mapping[str, Any]:
    sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    headers = urllib3.make_headers(basic_auth=f"{settings.oidc_client_id}:{_secret(settings.oidc_secret_id)}")
    try:
        answer = _http().request(
            "POST",
            _discovered(settings.oidc_issuer)["token_endpoint"],
            fields=sent,
            encode_multipart=False,
            headers=headers,
        )
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable("The sign-in provider does not answer. Please try again in a minute.") from error
    if answer.status != 200:
        logger.warning("sign_in_refused", extra={"status": answer.status})
        raise Forbidden(
            "The provider did not accept this sign-in; it may have been used already. Please sign in again."
        )
    found: Mapping[str, Any] = answer.json()
    return found


def _checked_claims(settings: Settings, id_token: str, nonce: str, now: datetime) -> dict[str, Any]:
    try:
        token = _decoded(settings.oidc_issuer, id_token)
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": settings.oidc_issuer},
            aud={"essential": True, "value": settings.oidc_client_id},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(token.claims)
    except (JoseError, ValueError) as error:
        logger.warning("id_token_refused", extra={"error": type(error).__name__, "detail": str(error)})
        raise Forbidden(
            "The provider's answer did not pass our checks, so you are not signed in. Please sign in again."
        ) from None
    return dict(token.claims)


def _decoded(issuer: str, id_token: str) -> jwt.Token:
    """Decode with the provider's keys as known, and once more with fresh ones: providers rotate them."""
    try:
        return jwt.decode(id_token, _keys(issuer), algorithms=ALGORITHMS)
    except (JoseError, ValueError):
        _keys.cache_clear()
        return jwt.decode(id_token, _keys(issuer), algorithms=ALGORITHMS)


@cache
def _keys(issuer: str) -> KeySet:
    return KeySet.import_key_set(_fetched(_discovered(issuer)["jwks_uri"]))  # type: ignore[arg-type]


@cache
def _discovered(issuer: str) -> dict[str, Any]:
    found = _fetched(f"{issuer}/.well-known/openid-configuration")
    if found.get("issuer", "").rstrip("/") != issuer:
        raise Unavailable("The sign-in provider says it is another one than is configured.")
    return found


def _fetched(url: str) -> dict[str, Any]:
    try:
        answer = _http().request("GET", url)
        found = json.loads(answer.data) if answer.status == 200 else None
    except (urllib3.exceptions.HTTPError, ValueError) as error:
        raise Unavailable("The sign-in provider does not answer. Please try again in a minute.") from error
    if not isinstance(found, dict):
        raise Unavailable("The sign-in provider does not answer as it should. Please try again in a minute.")
    return found


def _secret(secret_id: str) -> str:
    return str(parameters.get_secret(secret_id, max_age=300))


@cache
def _http() -> urllib3.PoolManager:
    return urllib3.PoolManager(timeout=_TIMEOUT, retries=urllib3.Retry(2, backoff_factor=0.2, redirect=0))
