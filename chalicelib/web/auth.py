"""Who is asking: the session cookie for pages, the bearer token for the API."""

from __future__ import annotations

from chalicelib.config import settings
from chalicelib.errors import Unauthenticated
from chalicelib.users import service as users
from chalicelib.users.person import Person
from chalicelib.web.request import Request


def cookie_name(purpose: str = "session") -> str:
    """`__Host-` pins the cookie to this host under https. Locally two portals share a host, so the port is in the name."""
    if settings().https:
        return f"__Host-atmo-{purpose}"
    return f"atmo-{purpose}-{settings().portal_url.rpartition(':')[2].strip('/')}"


def cookie(value: str, seconds: int, purpose: str = "session") -> str:
    """The Set-Cookie header; 0 seconds deletes the cookie."""
    secure = "; Secure" if settings().https else ""
    return f"{cookie_name(purpose)}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def by_session(request: Request) -> Person | None:
    """Whoever this browser has signed in as, or None; leaves the session's secret on the request."""
    secret = request.cookies.get(cookie_name(), "")
    session = users.session(secret, request.now) if secret else None
    if not session or not session.username:
        return None
    request.session_secret = secret
    return users.person(session.username)


def by_token(request: Request) -> Person:
    """Who the bearer token speaks for.

    Raises:
        Unauthenticated: there is none, or it is not valid.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise Unauthenticated(
            "Send an API token: Authorization: Bearer <token>. Make one on the portal's page /tokens."
        )
    return users.person_of_token(secret.strip(), request.now)
