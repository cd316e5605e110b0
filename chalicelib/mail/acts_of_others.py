"""The mail that tells an owner what somebody else did to what is theirs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from chalicelib.core.config import settings
from chalicelib.identity.person import Owned, Person
from chalicelib.mail import outbox


class Act(StrEnum):
    """What somebody does to what is another's, and is told of, in a word that makes a sentence with what it was done to."""

    ENDED = "ended"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    DELETED = "deleted"


class Thing(Owned, Protocol):
    """A cluster, job or run."""

    @property
    def owner_email(self) -> str: ...


def post(
    by: Person, thing: Thing, act: Act, *, what: str, occasion: str, now: datetime, page: str = "", reason: str = ""
) -> None:
    """Tell the owner of a thing what somebody else did to it; nothing is told of what owners do themselves.

    `act` and `what` make a sentence with the name: "ended", "your cluster analysis". `page` is the path of its page, "" where
    there is none any more; `reason` is what they gave as such, "" for nothing.
    """
    if by.owns(thing):
        return
    who = f"The operator {by.username}" if by.is_operator else by.username
    address = f"{settings().portal_url}/{page}" if page else ""
    context = {"who": who, "did": str(act), "what": what, "reason": reason, "page": address}
    outbox.post(occasion, "act_of_another", thing.owner_email, context, now)
