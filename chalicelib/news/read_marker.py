"""Who has seen the latest news, so that others are told about it."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from chalicelib.core.tables import update_if
from chalicelib.identity.models import User
from chalicelib.identity.person import Person

NEWS = Path(__file__).resolve().parents[2] / "NEWS.md"
"""At the top of a checkout; in Lambda at the top of the zip, through the link in vendor/."""


@cache
def body() -> str:
    """The news without its first heading: the page has one of its own."""
    return NEWS.read_text().partition("\n")[2]


@cache
def edition() -> str:
    """What distinguishes this news from earlier news."""
    return hashlib.sha256(body().encode()).hexdigest()[:16]


def has_news_for(person: Person) -> bool:
    """Whether there is news that this person has not seen."""
    return person.news_seen != edition()


def note(person: Person) -> None:
    """Remember that this person has seen the current news."""
    if has_news_for(person):
        update_if(User(person.username), User.username.exists(), [User.news_seen.set(edition())])
