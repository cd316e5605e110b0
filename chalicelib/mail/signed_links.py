"""The signed text of a mail's link: what it does, to what, for whom, until when. Nothing of it is secret.

A JSON Web Token (https://www.rfc-editor.org/rfc/rfc7519) under a key that only this deployment has. The same occasion gives
the same link, so a mail that is made twice is the same mail.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.core.errors import NotFound

MAX_AGE = timedelta(days=7)
"""How long a link works at most; what it is about is usually over much sooner."""
AUDIENCE = "atmo mail link"


@dataclass(frozen=True)
class LinkAction:
    """What a link does: an action of chalicelib/identity/permissions.py, by this person, to this object, some hours more or 0."""

    action: str
    object_id: str
    person: str
    hours: int = 0


def sign(key: str, action: LinkAction, occasion: str, expires_at: datetime) -> str:
    """The text of a link for this action. The occasion makes it another link than that of an earlier mail."""
    from joserfc import jwt
    from joserfc.jwk import OctKey

    link_id = hashlib.sha256(f"{occasion} {action}".encode()).hexdigest()[:32]
    claims = asdict(action) | {"jti": link_id, "aud": AUDIENCE, "exp": int(expires_at.timestamp())}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(key))


def read(key: str, text: str, now: datetime) -> tuple[LinkAction, str, datetime]:
    """What this link does, its id, and when it expires.

    Raises:
        NotFound: it is not a link of ours, or it has expired.
    """
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import OctKey

    try:
        token = jwt.decode(text, OctKey.import_key(key), algorithms=["HS256"])
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            jti={"essential": True},
        ).validate(token.claims)
        action = LinkAction(**{name: token.claims[name] for name in ("action", "object_id", "person", "hours")})
    except (JoseError, ValueError, KeyError):
        raise NotFound(
            "This link is incomplete or too old. Sign in and use the page of the cluster or job instead."
        ) from None
    return action, token.claims["jti"], datetime.fromtimestamp(token.claims["exp"], UTC)
