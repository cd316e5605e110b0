"""People who have signed in, without the way through the provider: the sign-in itself has its own tests."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from chalicelib.core import clock
from chalicelib.identity import sessions, tokens, users
from chalicelib.identity.person import Person
from chalicelib.web import auth
from localaws.cloud import LocalCloud
from tests.support.visitor import Visitor

ROOM = 10
"""So many tokens of one person may be made at the same time."""


def fresh(word: str) -> str:
    """A name that no other test uses, for a person or a thing."""
    return f"{word}-{uuid4().hex[:8]}"


def join(username: str, *groups: str) -> None:
    """Somebody of this name has signed in, and the provider says that they are in these groups."""
    users.remember(Person(username, f"{username}@example.org", frozenset(groups)), clock.now())


def session_cookie(username: str) -> tuple[str, str]:
    """Name and value of the cookie of a session that begins now."""
    return auth.cookie_name(), sessions.begin(username, clock.now())


def api_token(username: str, scope: str = "write") -> str:
    """A fresh API token, good for a year. The oldest go where somebody whom many tests share has nearly as many as there may
    be: nearly, as others may be making theirs at the same time."""
    own = sorted(tokens.listing(username), key=lambda token: token.created_at)
    for token in own[: -(tokens.MAX_TOKENS - ROOM)]:
        token.delete()
    secret, now = tokens.new_secret(), clock.now()
    tokens.issue(username, "test", now + timedelta(days=365), now, scope, secret)
    return secret


def signed_in(cloud: LocalCloud, username: str, *groups: str) -> Visitor:
    """Somebody of this name and in these groups, at the portal with a session of their own."""
    join(username, *groups)
    visitor = Visitor(cloud.portal_url, username)
    visitor.give_cookie(*session_cookie(username))
    return visitor
