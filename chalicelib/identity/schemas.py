"""How the API represents people and their tokens."""

from __future__ import annotations

from typing import Any

from chalicelib.core.schemas import TEXT, Record, many, one_of
from chalicelib.identity.forms import SCOPES
from chalicelib.identity.models import Token, User
from chalicelib.identity.person import Person

TOKEN = Record(
    "Token", Token, "id", "name", "scope", "hint", "created_at", "expires_at", "used_at", scope=one_of(SCOPES)
)
ISSUED = TOKEN.with_optional("IssuedToken", token=TEXT)
ME = Record("Me", Person, "username", "email", "scope", scope=one_of(SCOPES), groups=many(TEXT), token=TOKEN)


def token_record(token: Token) -> dict[str, Any]:
    """A token as the API gives it; `hint` is what it begins with."""
    return TOKEN.of(token)


PERSON = Record(
    "Person", User, "username", "email", "created_at", "signed_in_at", "disabled_at", "disabled_by",
    groups=many(TEXT), site_groups=many(TEXT),
)  # fmt: skip


def person_record(user: User) -> dict[str, Any]:
    """A person as admins see them: `groups` all that count, `site_groups` those that were given here."""
    return PERSON.of(user, groups=sorted(user.all_groups), site_groups=sorted(user.site_groups or []))
