"""The mails about transfers and about accounts that are disabled."""

from __future__ import annotations

from datetime import datetime

from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.tables import find, new_id
from chalicelib.identity.models import User
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.mail import outbox
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction

Thing = Job | Cluster


def post_offer(thing: Thing, to: Person, now: datetime) -> None:
    """Tell somebody what they were offered, with a link that accepts it."""
    kind = "job" if isinstance(thing, Job) else "cluster"
    occasion = f"offered#{thing.id}#{to.username}#{clock.text(now)}"
    page = f"{settings().portal_url}/{kind}s/{thing.id}"
    accept = link(LinkAction(f"{kind}.accept", thing.id, to.username), occasion, now)
    context = {"thing": thing, "kind": kind, "page": page, "accept": accept or page}
    outbox.post(occasion, "transfer_offered", to.email, context, now)


def post_answer(thing: Thing, owner: str, receiver: Person, answer: str, now: datetime) -> None:
    """Tell who offered something whether it was "accepted" or "declined"."""
    if (user := find(User, owner)) is None:
        return
    kind = "job" if isinstance(thing, Job) else "cluster"
    context = {"thing": thing, "kind": kind, "receiver": receiver.username, "answer": answer}
    occasion = f"offer-{answer}#{thing.id}#{owner}#{clock.text(now)}"
    outbox.post(occasion, "transfer_answered", user.email, context | {"portal": settings().portal_url}, now)


def post_transferred(things: list[Thing], before: str, to: Person, by: str, now: datetime) -> None:
    """Tell somebody what has become theirs, and whose it was, where somebody else decided. Call it once the transfer was won,
    so that nothing is told that was refused."""
    context = {
        "jobs": [thing for thing in things if isinstance(thing, Job)],
        "clusters": [thing for thing in things if isinstance(thing, Cluster)],
        "before": before,
        "by": by,
        "portal": settings().portal_url,
    }
    time = new_id("x", clock.text(now), *(thing.id for thing in things))
    outbox.post(f"transferred#{to.username}#{time}", "transferred", to.email, context, now)
    if by != before and (user := find(User, before)):
        outbox.post(
            f"transferred-away#{before}#{time}", "transferred_away", user.email, context | {"to": to.username}, now
        )


def post_disabled(user: User, jobs: list[Job], now: datetime) -> None:
    """Tell somebody that their account was disabled, and what becomes of their things; once for each time."""
    context = {"user": user, "jobs": jobs, "portal": settings().portal_url}
    outbox.post(f"disabled#{user.username}#{user.disabled_at}", "account_disabled", user.email, context, now)


def post_paused(user: User, jobs: list[Job], maintainer: User, now: datetime) -> None:
    """Tell a maintainer which jobs run no more as their owner's account was disabled; once for each time."""
    context = {"user": user, "jobs": jobs, "portal": settings().portal_url}
    occasion = f"disabled#{user.username}#{user.disabled_at}#{maintainer.username}"
    outbox.post(occasion, "jobs_paused", maintainer.email, context, now)
