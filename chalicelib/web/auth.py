"""Who is asking: the session cookie for pages, the bearer token for the API."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from urllib.parse import urlsplit

from chalicelib.core.config import settings
from chalicelib.core.errors import Unauthenticated
from chalicelib.core.reading import deciding, read_together
from chalicelib.core.tables import Key
from chalicelib.identity import sessions, token_places, tokens
from chalicelib.identity.person import Person
from chalicelib.identity.rate_limit import service as rate_limit
from chalicelib.web.request import Request


def cookie_name(purpose: str = "session") -> str:
    """`__Host-` pins the cookie to this host under https. Locally two portals share a host, so the port is in the name."""
    if settings().https:
        return f"__Host-atmo-{purpose}"
    return f"atmo-{purpose}-{urlsplit(settings().portal_url).port}"


def cookie(value: str, seconds: int, purpose: str = "session") -> str:
    """The Set-Cookie header; 0 seconds deletes the cookie."""
    secure = "; Secure" if settings().https else ""
    return f"{cookie_name(purpose)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


WithPerson = Callable[[str, datetime, Collection[Key]], Collection[Key]]
"""The records that a page reads in one call with the person of this user name, when those that its path names have been read."""


def by_session(request: Request, besides: Collection[Key] = (), with_person: WithPerson | None = None) -> Person | None:
    """Whoever this browser has signed in as, or None; leaves the session's secret on the request. What the page reads `besides`
    comes in the same call, and in a second one the person with what decides who may see that, and what it reads `with_person`."""
    secret = request.cookies.get(cookie_name(), "")
    if secret and (besides or with_person):
        read_together([sessions.key_of(secret), *besides])
        users = sessions.key_of_user(secret)
        more = with_person(users[0][1], request.now, besides) if with_person and users else ()
        read_together([*users, *deciding(besides), *more])
    person = sessions.find_person(secret, request.now)
    if person:
        request.session_secret = secret
    return person


def by_token(request: Request) -> Person:
    """Who the bearer token speaks for; leaves the token's record on the request.

    Raises:
        Unauthenticated: there is none, or it is not valid.
        TooMany: it is not valid, and neither were very many others from this address.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated(
            "Send an API token: Authorization: Bearer <token>. Make one on the portal's page /tokens."
        )
    try:
        request.token = tokens.find_valid(secret.strip(), request.now)
        person = tokens.person_of(request.token, request.now)
        token_places.note(
            request.token, token_places.place_of(request.client_ip, request.headers.get("user-agent", "")), request.now
        )
        return person
    except Unauthenticated:
        rate_limit.note("token", request.client_ip, request.now)
        raise
