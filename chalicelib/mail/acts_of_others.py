"""The mail that tells an owner what somebody else did to what is theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from chalicelib.core.config import settings
from chalicelib.identity.person import Owned, Person
from chalicelib.mail import outbox


class Thing(Owned, Protocol):
    """A cluster, job or run."""

    @property
    def owner_email(self) -> str: ...


def post(
    by: Person, thing: Thing, *, did: str, what: str, occasion: str, now: datetime, page: str = "", reason: str = ""
) -> None:
    """Tell the owner of a thing what somebody else did to it; nothing is told of what owners do themselves.

    `did` and `what` make a sentence with the name: "ended", "your cluster analysis". `page` is the path of its page, "" where
    there is none any more; `reason` is what they gave as such, "" for nothing.
    """
    if by.owns(thing):
        return
    who = f"The operator {by.username}" if by.is_operator else by.username
    address = f"{settings().portal_url}/{page}" if page else ""
    context = {"who": who, "did": did, "what": what, "reason": reason, "page": address}
    outbox.post(occasion, "act_of_another", thing.owner_email, context, now)
