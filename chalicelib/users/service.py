"""People: known after signing in, recognised by a session or an API token."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from chalicelib.errors import Invalid, NotFound, Unauthenticated
from chalicelib.tables import find
from chalicelib.users.models import Session, Token, User
from chalicelib.users.person import Person

SESSION_LASTS = timedelta(hours=12)
SIGN_IN_LASTS = timedelta(minutes=10)
TOKEN_LASTS = timedelta(days=365)


def digest(secret: str) -> str:
    """What is stored of a secret: enough to recognise it, not enough to use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def remember(person: Person, now: datetime) -> None:
    """Store who has signed in, with the groups of this sign-in."""
    user = find(User, person.username) or User(person.username, created_at=now)
    user.email, user.groups, user.signed_in_at = person.email, sorted(person.groups), now
    user.save()


def person(username: str) -> Person | None:
    """The person of that name, or None if nobody by that name has ever signed in."""
    user = find(User, username)
    return Person(user.username, user.email, frozenset(user.groups)) if user else None


def open_session(
    now: datetime, lasts: timedelta, username: str | None = None, content: dict[str, str] | None = None
) -> str:
    """Begin a session (or, without a username, a sign-in) and return the secret for its cookie."""
    secret = secrets.token_urlsafe(32)
    expires_at = now + lasts
    Session(
        digest(secret), username=username, content=content or {}, created_at=now, expires_at=expires_at,
        ttl=int(expires_at.timestamp()),
    ).save()  # fmt: skip
    return secret


def session(secret: str, now: datetime) -> Session | None:
    """The session of this cookie, unless it has expired. DynamoDB deletes late, so the time is checked here."""
    found = find(Session, digest(secret))
    return found if found and found.expires_at > now else None


def close_session(secret: str) -> None:
    Session(digest(secret)).delete()


def issue_token(owner: str, name: str, now: datetime, secret: str = "") -> str:
    """Make an API token and return it: the only time it can be seen. Expires after a year.

    Raises:
        Invalid: the name is empty or too long.
    """
    if not 1 <= len(name) <= 100:
        raise Invalid.field(
            "name", "Give the token a name of 1 to 100 characters, so that you know later what it is for."
        )
    secret = secret or f"atmo_{secrets.token_urlsafe(32)}"
    Token(digest(secret), owner=owner, name=name, hint=secret[:9], created_at=now, expires_at=now + TOKEN_LASTS).save()
    return secret


def token_of(session_secret: str, submission: str) -> str:
    """The token that one submission of the form makes: the same one when the form is sent twice, "" for a random one."""
    if not submission:
        return ""
    made = hmac.new(session_secret.encode(), f"token {submission}".encode(), hashlib.sha256).digest()
    return f"atmo_{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def person_of_token(secret: str, now: datetime) -> Person:
    """Who the token speaks for.

    Raises:
        Unauthenticated: there is no such token, or it has expired.
    """
    token = find(Token, digest(secret))
    found = person(token.owner) if token and token.expires_at > now else None
    if not found:
        raise Unauthenticated("The API token is not valid. Make a new one on the portal's page /tokens.")
    return found


def tokens(owner: str) -> list[Token]:
    """The person's tokens, newest first."""
    return list(Token.by_owner.query(owner, scan_index_forward=False))


def revoke_token(owner: str, token_digest: str) -> None:
    """End a token of this owner.

    Raises:
        NotFound: the owner has no such token.
    """
    token = find(Token, token_digest)
    if not token or token.owner != owner:
        raise NotFound("You have no such token.")
    token.delete()
