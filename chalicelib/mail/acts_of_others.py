"""The mail that tells an owner what somebody else did to what is theirs."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.config import settings
from chalicelib.identity.person import Person
from chalicelib.mail import outbox


def post(
    by: Person, owner: str, to: str, *, did: str, what: str, page: str, occasion: str, reason: str, now: datetime
) -> None:
    """Tell `owner`, at the address `to`, what somebody else did; nothing is told of what owners do themselves.

    `did` and `what` make a sentence with the name: "ended", "your cluster analysis". `page` is the path of its page, `reason` what
    they gave as such, "" for nothing.
    """
    if by.username == owner and not by.is_operator:
        return
    who = f"The operator {by.username}" if by.is_operator else by.username
    context = {"who": who, "did": did, "what": what, "reason": reason, "page": f"{settings().portal_url}/{page}"}
    outbox.post(occasion, "act_of_another", to, context, now)
