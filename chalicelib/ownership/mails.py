"""The mails about transfers and about accounts that are disabled."""

from __future__ import annotations

from datetime import datetime

from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.tables import new_id
from chalicelib.identity.models import User
from chalicelib.identity.person import Person
from chalicelib.jobs.models import Job
from chalicelib.mail import outbox

Thing = Job | Cluster


def post_transferred(things: list[Thing], before: str, to: Person, by: str, now: datetime) -> None:
    """Tell somebody what has become theirs. Call it once the transfer was won, so that nothing is told that was refused."""
    context = {
        "jobs": [thing for thing in things if isinstance(thing, Job)],
        "clusters": [thing for thing in things if isinstance(thing, Cluster)],
        "before": before,
        "by": by,
        "portal": settings().portal_url,
    }
    ids = [thing.id for thing in things]
    outbox.post(
        f"transferred#{to.username}#{new_id('x', clock.text(now), *ids)}", "transferred", to.email, context, now
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
