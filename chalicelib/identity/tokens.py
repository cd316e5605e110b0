"""API tokens: made, found, listed, revoked."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import PynamoDBException

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Effect
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound, Unauthenticated
from chalicelib.core.idempotency import OTHER_CONTENT
from chalicelib.core.tables import find
from chalicelib.core.text import day, plural
from chalicelib.identity import session_rules
from chalicelib.identity.digests import digest
from chalicelib.identity.models import Token, User
from chalicelib.identity.person import Person
from chalicelib.identity.users import person_of as person_of_user

MAX_TOKENS = 100
"""Tokens that one person may have."""
RETENTION = timedelta(days=30)
"""How long a token is still listed after it has expired."""
_LOOKS = re.compile(r"atmo_[A-Za-z0-9_-]{43}")


def new_secret() -> str:
    """A token's secret, of 256 random bits."""
    return f"atmo_{secrets.token_urlsafe(32)}"


def secret_of(session_secret: str, submission: str) -> str:
    """The token that one submission of the form makes: the same one when the form is sent twice."""
    if not submission:
        return new_secret()
    made = hmac.new(session_secret.encode(), f"token {submission}".encode(), hashlib.sha256).digest()
    return f"atmo_{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


def issue(
    owner: str, name: str, expires_at: datetime, now: datetime, scope: str, secret: str, parent: str | None = None
) -> Token:
    """Make the API token with this secret, which is not kept. The same secret again is the same token. `parent` is the id of
    the token that it is made with.

    Raises:
        Conflict: the person has very many tokens already, or the same secret was made into another token.
    """
    if Token.by_owner.count(owner) >= MAX_TOKENS and not find(Token, digest(secret)):
        raise Conflict(f"You have {MAX_TOKENS} tokens. Revoke some that you no longer use, then make a new one.")
    token = Token(
        digest(secret), owner=owner, name=name, parent=parent, hint=secret[:9], scope=scope, created_at=now, expires_at=expires_at,
        ttl=int((expires_at + RETENTION).timestamp()),
    )  # fmt: skip
    effect = Effect("token", token.id, name, f"Made it: {scope}, until {day(expires_at)}.")
    if changes.save(token, effect, Token.digest.does_not_exist()):
        return token
    made = find(Token, token.digest)
    if not made or (made.name, made.scope) != (name, scope):
        raise Conflict(OTHER_CONTENT)
    return made


def find_valid(secret: str, now: datetime) -> Token:
    """The token with this secret. When it was last used is noted to within a few minutes.

    Raises:
        Unauthenticated: there is no such token, or it has expired.
    """
    token = find(Token, digest(secret)) if _LOOKS.fullmatch(secret) else None
    if not token or token.expires_at <= now:
        raise Unauthenticated("The API token is not valid. Make a new one on the portal's page /tokens.")
    if session_rules.is_worth_noting(token.used_at, now):
        _note_use(token, now)
    return token


def _note_use(token: Token, now: datetime) -> None:
    """A call does not fail because this could not be written; and a token that was revoked meanwhile stays revoked."""
    with suppress(PynamoDBException, BotoCoreError):
        token.update([Token.used_at.set(now)], condition=Token.digest.exists())


def person_of(token: Token, now: datetime) -> Person:
    """Who the token speaks for, with its scope and the groups of their last sign-in.

    Raises:
        Unauthenticated: nobody by that name is known any more, or their last sign-in is too long ago: whoever left the
            provider's groups since would keep what these allow.
    """
    user = find(User, token.owner)
    if not user or user.disabled_at:
        raise Unauthenticated("The person this API token was made for no longer exists here or has been disabled.")
    days = settings().token_sign_in_days
    if now - user.signed_in_at > timedelta(days=days):
        raise Unauthenticated(
            f"API tokens work for {plural(days, 'day')} after their owner's last sign-in, and {user.username} signed in on "
            f"{day(user.signed_in_at)}. Sign in at {settings().portal_url}, and the token works again."
        )
    return person_of_user(user, token.scope)


def expiry_within(requested: datetime, parent: Token) -> datetime:
    """When a token that is made with another one ends: never after that one, or a stolen token could live on for ever."""
    return min(requested, parent.expires_at)


def listing(owner: str) -> list[Token]:
    """The person's tokens, the latest first; those that expired within the last month too."""
    return list(Token.by_owner.query(owner, scan_index_forward=False))


def get(owner: str, token_id: str) -> Token:
    """The person's token with this id.

    Raises:
        NotFound: the person has no such token.
    """
    token = next((token for token in listing(owner) if token.id == token_id), None)
    if not token:
        raise NotFound("You have no such token.")
    return token


def revoke(owner: str, token_id: str) -> None:
    """End a token of this person, at once, and those that were made with it, theirs included.

    Raises:
        NotFound: the person has no such token.
    """
    token = get(owner, token_id)
    for child in reversed(_made_with(token, listing(owner))):
        audit_context.mark_steps()
        _delete(child)
    audit_context.mark_steps(are_left=False)  # itself last, so that repeating the call completes it
    if not _delete(token):
        raise NotFound("You have no such token.")


def _delete(token: Token) -> bool:
    effect = Effect("token", token.id, token.name, f"Revoked {token.owner}'s token.")
    return changes.delete(token, effect, Token.digest.exists())


def _made_with(token: Token, tokens: list[Token]) -> list[Token]:
    """The tokens that were made with this one, and with those, and so on."""
    children = [each for each in tokens if each.parent == token.id]
    return children + [further for child in children for further in _made_with(child, tokens)]
