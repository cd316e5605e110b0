"""Browsers' sessions, kept on the server: begun by signing in, ended by signing out, idleness or age."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import datetime, timedelta

from botocore.exceptions import BotoCoreError
from pynamodb.exceptions import DeleteError, PynamoDBException
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core.errors import NotFound
from chalicelib.core.tables import Key, find
from chalicelib.identity import session_rules
from chalicelib.identity.digests import digest
from chalicelib.identity.models import Session, User
from chalicelib.identity.person import Person
from chalicelib.identity.users import person_of

SIGN_IN_LASTS = timedelta(hours=1)
"""How long one may take at the provider's pages."""


def begin_sign_in(content: dict[str, str], now: datetime) -> str:
    """Keep what the callback must match, and return the secret for the cookie of the browser that asked."""
    session = Session(content=content, created_at=now, expires_at=now + SIGN_IN_LASTS)
    secret = _secret_of(session)
    session.save()
    return secret


def take_sign_in(secret: str, now: datetime) -> dict[str, str] | None:
    """What was kept for this browser's sign-in, once; None for one that is unknown, used or too old."""
    session = find(Session, digest(secret)) if secret else None
    if not session or session.username or session.expires_at <= now:
        return None
    try:
        session.delete(condition=Session.digest.exists())
    except DeleteError:
        return None
    return dict(session.content)


def begin(username: str, now: datetime, browser: str = "", client_ip: str = "", id_token: str = "") -> str:
    """Begin a session of this person, with the trail's entry, and return the secret for its cookie."""
    session = Session(
        username=username, content={"id_token": id_token} if id_token else {}, created_at=now, used_at=now,
        expires_at=now + session_rules.LASTS, browser=browser or None, client_ip=client_ip or None,
    )  # fmt: skip
    secret = _secret_of(session)
    changes.save(session, _effect(username, "Signed in."))
    return secret


def _secret_of(session: Session) -> str:
    secret = secrets.token_urlsafe(32)
    session.digest, session.ttl = digest(secret), int(session.expires_at.timestamp())
    return secret


def _effect(username: str, summary: str) -> Effect:
    return Effect("person", username, username, summary)


def key_of(secret: str) -> Key:
    """Where the session of this cookie is stored."""
    return Session, digest(secret)


def key_of_user(secret: str) -> list[Key]:
    """Where the person of this cookie is stored; nothing where there is no such session."""
    session = find(Session, digest(secret))
    return [(User, session.username)] if session and session.username else []


def find_person(secret: str, now: datetime) -> Person | None:
    """The person of this cookie, unless the session has ended. DynamoDB deletes late, so times are checked here."""
    session = find(Session, digest(secret)) if secret else None
    user = find(User, session.username) if session and session.username else None
    if not session or not user or user.disabled_at or not _is_live(session, user, now):
        return None
    if session_rules.is_worth_noting(session.used_at, now):
        _note_use(session, now)
    return person_of(user)


def _is_live(session: Session, user: User, now: datetime) -> bool:
    return session_rules.is_live(session.created_at, session.used_at, session.expires_at, user.signed_out_at, now)


def _note_use(session: Session, now: datetime) -> None:
    """A page does not fail because this could not be written; and a session that was ended meanwhile stays ended."""
    with suppress(PynamoDBException, BotoCoreError):
        session.update([Session.used_at.set(now)], condition=Session.digest.exists())


def sign_out(secret: str) -> str:
    """End this session because its person says so; returns the ID token of its sign-in, "" when there is none."""
    session = find(Session, digest(secret)) if secret else None
    if not session:
        return ""
    if session.username:
        changes.delete(session, _effect(session.username, "Signed out."), Session.digest.exists())
    return str(session.content.get("id_token", ""))


def forget(secret: str) -> str:
    """End this session because another one takes its place, or all of the person's have ended; returns what `sign_out` does."""
    session = find(Session, digest(secret)) if secret else None
    if not session:
        return ""
    session.delete()
    return str(session.content.get("id_token", ""))


def live(person: Person, now: datetime) -> list[Session]:
    """The person's sessions that have not ended, the latest first."""
    user = find(User, person.username)
    sessions = Session.by_username.query(person.username, scan_index_forward=False)
    return [session for session in sessions if user and _is_live(session, user, now)]


def end_one(person: Person, session_id: str, now: datetime) -> None:
    """End another one of the person's sessions.

    Raises:
        NotFound: the person has no such session.
    """
    session = next((session for session in live(person, now) if session.id == session_id), None)
    if not session:
        raise NotFound("You have no such session; it may have ended in the meantime.")
    changes.delete(session, _effect(person.username, "Ended one of their sessions."), Session.digest.exists())


def end_all(person: Person, now: datetime) -> None:
    """End every session of this person, in one write: those that the index does not know yet too."""
    actions: list[Action] = [User.signed_out_at.set(now)]
    effect = _effect(person.username, "Signed out everywhere.")
    changes.update_if(User(person.username), User.username.exists(), actions, effect)
