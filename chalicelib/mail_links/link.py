"""A link of a mail that was followed, and what it asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.identity.person import Person
from chalicelib.mail.signed_links import LinkAction


@dataclass(frozen=True)
class Question:
    """What a link asks before it acts, what it says afterwards, and the page that it is about."""

    heading: str
    sentence: str
    button: str
    done: str
    page: tuple[str, str]


@dataclass(frozen=True)
class Link:
    """A link that was followed: what it does, who would do it, its id, when it expires, and whether it was used."""

    action: LinkAction
    person: Person
    id: str
    expires_at: datetime
    is_used: bool
