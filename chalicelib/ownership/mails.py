"""The mails about whose things are whose, and about accounts that are disabled."""

from __future__ import annotations

from datetime import datetime

from chalicelib.clusters.models import Cluster
from chalicelib.core.config import settings
from chalicelib.core.tables import new_id
from chalicelib.identity.models import User
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.mail import outbox

Thing = Job | Cluster


def post_yours(things: list[Thing], before: str, to: Person, by: str, now: datetime) -> None:
    """Tell somebody what is theirs from now on. Posted before it is handed over, so that no mail is lost; the same things in
    the same state are told of once."""
    seen = [f"{thing.id} {thing.modified_at if isinstance(thing, Job) else thing.owner}" for thing in things]
    context = {
        "jobs": [thing for thing in things if isinstance(thing, Job)],
        "clusters": [thing for thing in things if isinstance(thing, Cluster)],
        "before": before,
        "by": by,
        "portal": settings().portal_url,
    }
    outbox.post(f"yours#{to.username}#{new_id('x', *seen)}", "yours_now", to.email, context, now)


def post_disabled(user: User, jobs: list[Job], now: datetime) -> None:
    """Tell somebody that their account was disabled, and what becomes of their things; once for each time."""
    context = {"user": user, "jobs": jobs, "portal": settings().portal_url}
    outbox.post(f"disabled#{user.username}#{user.disabled_at}", "account_disabled", user.email, context, now)


def post_paused(user: User, jobs: list[Job], maintainer: User, now: datetime) -> None:
    """Tell a maintainer which jobs run no more as their owner's account was disabled; once for each time."""
    context = {"user": user, "jobs": jobs, "portal": settings().portal_url}
    occasion = f"disabled#{user.username}#{user.disabled_at}#{maintainer.username}"
    outbox.post(occasion, "jobs_paused", maintainer.email, context, now)
