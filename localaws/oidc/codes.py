"""Authorization codes: checking the request for one, issuing it, redeeming it once."""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from localaws.oidc.errors import OAuthError
from localaws.people import Person

LIFETIME = 60.0
"""Real seconds for which a code can be redeemed."""


@dataclass(frozen=True)
class Grant:
    """What a code stands for until it is redeemed."""

    person: Person
    redirect_uri: str
    challenge: str
    nonce: str | None
    expires: float


class Codes:
    """The codes that were issued and not redeemed yet."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def issue(self, params: dict[str, str], person: Person) -> str:
        """A code for this person, bound to an authorization request's redirect_uri, code_challenge and nonce."""
        code = secrets.token_urlsafe(32)
        self._grants[code] = Grant(
            person, params["redirect_uri"], params["code_challenge"], params.get("nonce"), time.monotonic() + LIFETIME
        )
        return code

    def redeem(self, form: MultiDict[str, str]) -> Grant:
        """The grant of a token request's code, which is good once.

        Raises:
            OAuthError: invalid_grant, also where the redirect_uri or the code_verifier does not fit.
        """
        grant = self._grants.pop(form.get("code", ""), None)
        if grant is None or time.monotonic() > grant.expires:
            raise OAuthError("invalid_grant", "The code is unknown, used or too old.")
        if form.get("redirect_uri") != grant.redirect_uri:
            raise OAuthError("invalid_grant", "The redirect_uri is not the one of the request for the code.")
        if _challenge(form.get("code_verifier", "")) != grant.challenge:
            raise OAuthError("invalid_grant", "The code_verifier does not match the code_challenge.")
        return grant


def refusal(params: dict[str, str]) -> tuple[str, str] | None:
    """OAuth's error and its description for an authorization request that gets no code; None for one that may."""
    if params.get("response_type") != "code":
        return "unsupported_response_type", "Only the code flow is supported."
    if "openid" not in params.get("scope", "").split():
        return "invalid_scope", "The scope must contain openid."
    if not params.get("code_challenge") or params.get("code_challenge_method") != "S256":
        return "invalid_request", "PKCE with S256 is required."
    return None


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
