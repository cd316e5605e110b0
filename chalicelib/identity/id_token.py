"""What an ID token must say, and whom it is about. Pure: from claims, expectations and the time to what is known of a person.

https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeGuard

LEEWAY = 60
"""Seconds by which the provider's clock may differ from ours."""
MAX_ADDRESS_LENGTH = 254
GROUP_CLAIMS = ("groups", "cognito:groups")
"""Where groups are looked for unless the deployment names claims of its own."""

_ADDRESS = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(\.[a-z0-9-]+)*")
_GOOGLE = "https://accounts.google.com"


@dataclass(frozen=True)
class Expected:
    """What one sign-in expects of its ID token."""

    issuer: str
    client_id: str
    nonce: str


def problem(claims: Mapping[str, Any], expected: Expected, now: datetime) -> str:
    """What is wrong with these signed claims, in words for the log and the page; "" when nothing is."""
    return (
        _source_problem(claims, expected)
        or _time_problem(claims, int(now.timestamp()))
        or _identity_problem(claims, expected)
    )


def _source_problem(claims: Mapping[str, Any], expected: Expected) -> str:
    issuer, audience = claims.get("iss"), claims.get("aud")
    # Google's own documentation allows its issuer without the scheme.
    if issuer != expected.issuer and not (expected.issuer == _GOOGLE and issuer == _GOOGLE.removeprefix("https://")):
        return "another issuer"
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        return "another audience"
    if len(audiences) > 1 and "azp" not in claims:
        return "several audiences and no azp"
    return "" if claims.get("azp", expected.client_id) == expected.client_id else "made for another client (azp)"


def _time_problem(claims: Mapping[str, Any], now: int) -> str:
    expires, issued, begins = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    if not _is_time(expires) or not _is_time(issued) or not _is_time(begins):
        return "no times (exp, iat)"
    if expires + LEEWAY <= now:
        return "expired"
    return "from the future" if max(issued, begins) > now + LEEWAY else ""


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _identity_problem(claims: Mapping[str, Any], expected: Expected) -> str:
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not hmac.compare_digest(_bytes(nonce), _bytes(expected.nonce)):
        return "another nonce"
    return "" if isinstance(subject, str) and subject else "no subject (sub)"


def _bytes(text: str) -> bytes:
    """JSON may hold halves of characters, which are no UTF-8."""
    return text.encode(errors="surrogatepass")


def address(claims: Mapping[str, Any]) -> str:
    """The mail address in lower case; "" when there is none that can be one."""
    claim = claims.get("email")
    email = claim.strip().lower() if isinstance(claim, str) else ""
    return email if len(email) <= MAX_ADDRESS_LENGTH and _ADDRESS.fullmatch(email) else ""


def is_verified(claims: Mapping[str, Any]) -> bool:
    """Whether the provider vouches for the address. Cognito may say so in a word."""
    return claims.get("email_verified") is True or claims.get("email_verified") == "true"


def groups(claims: Mapping[str, Any], names: Sequence[str]) -> frozenset[str]:
    """The groups in the first of these claims that has any.

    A name is that of a claim, such as `https://example.com/groups`, or leads into claims, such as `realm_access.roles`. A
    claim that is one word, such as Google's `hd`, counts as one group. Keycloak's groups are paths; `/data` is `data`.
    """
    for name in names or GROUP_CLAIMS:
        claim = _claim(claims, name)
        listed = [claim] if isinstance(claim, str) else claim
        if isinstance(listed, list) and listed:
            return frozenset(group.removeprefix("/") for group in listed if _is_name(group))
    return frozenset()


def _is_name(group: Any) -> TypeGuard[str]:
    return isinstance(group, str) and group.isprintable() and bool(group.strip("/ "))


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    if name in claims:
        return claims[name]
    claim: Any = claims
    for part in name.split("."):
        claim = claim.get(part) if isinstance(claim, Mapping) else None
    return claim
