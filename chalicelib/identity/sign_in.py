"""Signing in: OpenID Connect's code flow with PKCE, state and nonce, against any provider with discovery.

https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth, RFC 7636 (PKCE), RFC 9207 (iss), and
https://openid.net/specs/openid-connect-rpinitiated-1_0.html (signing out).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from chalicelib.core.config import Settings
from chalicelib.core.errors import Forbidden
from chalicelib.core.observability import logger
from chalicelib.identity import id_token as id_token_rules
from chalicelib.identity import oidc_client
from chalicelib.identity.person import ADMINS, Person, allowed, username_of

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""All of them need the provider's private key: neither `none` nor HS256 with the public key as its secret is among them."""
MAX_HINT_LENGTH = 4000
"""Characters of an ID token that are still sent along in an address when signing out."""


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


@dataclass(frozen=True)
class SignedIn:
    """Who has signed in, and the ID token that says so, which the provider wants to see again when signing out."""

    person: Person
    id_token: str


def authorize_url(settings: Settings, sign_in: SignIn, redirect_uri: str, now: datetime) -> str:
    """The provider's page to which the browser is sent.

    Raises:
        Unavailable: the provider does not answer.
    """
    challenge = base64.urlsafe_b64encode(hashlib.sha256(sign_in.verifier.encode()).digest()).decode().rstrip("=")
    parameters = {
        "response_type": "code",
        "client_id": settings.oidc_client_id,
        "redirect_uri": redirect_uri,
        "scope": settings.oidc_scopes,
        "state": sign_in.state,
        "nonce": sign_in.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return _with_query(oidc_client.discover(settings.oidc_issuer, now)["authorization_endpoint"], parameters)


class NotAllowed(Forbidden):
    """Somebody the provider vouches for, who may not use the portal."""

    def __init__(self, username: str) -> None:
        super().__init__(
            "You are not in any of the groups that may use this portal. Ask an administrator to add you to one, then sign in again."
        )
        self.username = username


def finish(settings: Settings, sign_in: SignIn, query: Mapping[str, str], redirect_uri: str, now: datetime) -> SignedIn:
    """Exchange the code that came back for an ID token, check it, and say who it is about.

    Raises:
        Forbidden: the provider refused, the code or the token is not acceptable, or the person may not use the portal.
        Unavailable: the provider does not answer.
    """
    issuer = oidc_client.discover(settings.oidc_issuer, now)["issuer"]
    if query.get("iss", issuer) != issuer:
        raise _refused("another issuer")
    if "error" in query:
        logger.warning("sign_in_denied")
        raise Forbidden(
            "The provider did not sign you in. Please try again; if that does not help, ask an administrator."
        )
    answer = oidc_client.exchange_code(settings, query.get("code", ""), sign_in.verifier, redirect_uri, now)
    id_token = answer.get("id_token")
    if not isinstance(id_token, str):
        raise _refused("no ID token")
    claims = _signed(settings.oidc_issuer, id_token, now)
    if wrong := id_token_rules.problem(
        claims, id_token_rules.Expected(issuer, settings.oidc_client_id, sign_in.nonce), now
    ):
        raise _refused(wrong)
    return SignedIn(_person(settings, claims), id_token)


def _person(settings: Settings, claims: Mapping[str, Any]) -> Person:
    email = id_token_rules.address(claims)
    if not email:
        raise Forbidden(
            "The provider did not send your e-mail address, which this portal needs to identify you. Ask an administrator "
            "to have it sent."
        )
    if not (settings.oidc_trust_email or id_token_rules.is_verified(claims)):
        raise Forbidden(
            "The provider has not verified your e-mail address. Verify it there, usually by a link in a mail, and sign in again."
        )
    groups = id_token_rules.groups(claims, settings.oidc_group_claims)
    if settings.first_admin and email.lower() == settings.first_admin:
        groups |= {ADMINS}
    username = username_of(email, settings.home_domain)
    if not allowed(groups, settings.allowed_groups):
        raise NotAllowed(username)
    return Person(username, email, groups)


def _signed(issuer: str, id_token: str, now: datetime) -> dict[str, Any]:
    """The claims of a token that the provider signed: with its keys as known, and once more with fresh ones, as they rotate."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    for fresh in (False, True):
        keys = oidc_client.keys(issuer, now, fresh)
        try:
            return dict(jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            reason = type(error).__name__
    raise _refused(f"a signature that is not valid: {reason}")


def _refused(reason: str) -> Forbidden:
    logger.warning("id_token_refused", extra={"reason": reason})
    return Forbidden(
        f"The provider's answer did not pass our checks ({reason}), so you are not signed in. Please sign in again; if "
        "that does not help, tell an administrator these words."
    )


def sign_out_url(settings: Settings, id_token: str, back_to: str, now: datetime) -> str:
    """The provider's own sign-out, which leads back to us; "" when it has none.

    Raises:
        Unavailable: the provider does not answer.
    """
    endpoint = oidc_client.discover(settings.oidc_issuer, now).get("end_session_endpoint")
    if not endpoint:
        return ""
    parameters = {"client_id": settings.oidc_client_id}
    if (urlsplit(settings.oidc_issuer).hostname or "").startswith("cognito-idp."):
        # https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html knows no other names.
        return _with_query(endpoint, parameters | {"logout_uri": back_to})
    # Without the hint Keycloak and others ask whether one really wants to sign out.
    hint = {"id_token_hint": id_token} if 0 < len(id_token) <= MAX_HINT_LENGTH else {}
    return _with_query(endpoint, parameters | {"post_logout_redirect_uri": back_to} | hint)


def _with_query(endpoint: str, parameters: dict[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"
