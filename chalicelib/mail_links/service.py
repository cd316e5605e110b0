"""Links in mails that do something: made with the mail, shown as a question, used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import PutError

from chalicelib.audit import context as audit_context
from chalicelib.audit import context as said
from chalicelib.aws.secrets import secret
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import ExtendCluster
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.tables import find, was_rejected
from chalicelib.identity import users
from chalicelib.identity.person import Person
from chalicelib.job_changes import pausing
from chalicelib.jobs import service as jobs
from chalicelib.mail import signed_links
from chalicelib.mail.signed_links import Deed
from chalicelib.mail_links.models import UsedLink


@dataclass(frozen=True)
class Question:
    """What a link asks before it acts, what it says afterwards, and the page that it is about."""

    heading: str
    sentence: str
    button: str
    done: str
    page: tuple[str, str]


@dataclass(frozen=True)
class Offer:
    """A link as it was followed: the deed, who would do it, the link's id and when it expires."""

    deed: Deed
    person: Person
    id: str
    expires_at: datetime


def open_link(text: str, now: datetime) -> Offer:
    """The link with this text. Nothing is done yet: programs that scan mails follow links too.

    Raises:
        NotFound: it is not a link of ours, it has expired, or its person is known no more.
        Conflict: it was used already.
    """
    wanted, number, expires_at = signed_links.read(secret(settings().link_key_id), text, now)
    person = users.person(wanted.person)
    if person is None or wanted.action not in DEEDS:
        raise NotFound("This link is for somebody or something that is not here any more.")
    if find(UsedLink, number):
        raise Conflict("This link was used already; each works once. Sign in to do more.")
    return Offer(wanted, person, number, expires_at)


def question(offer: Offer) -> Question:
    """What to ask before the deed.

    Raises:
        NotFound, Forbidden: the object is gone, or this person may not do this any more.
    """
    return DEEDS[offer.deed.action].ask(offer)


def use(offer: Offer, now: datetime) -> None:
    """Do it. Each deed is safe to repeat, so that one that died half-way is done by following the link again.

    Raises:
        Conflict: it is not possible now, with the reason.
        NotFound, Forbidden: the object is gone, or this person may not do this any more.
    """
    said.through(said.MAIL_LINK, offer.person.username)
    said.means(offer.deed.action)
    audit_context.through(audit_context.MAIL_LINK, offer.person.username)
    audit_context.means(offer.deed.action)
    DEEDS[offer.deed.action].do(offer, now)
    try:
        UsedLink(offer.id, used_at=now, ttl=int(offer.expires_at.timestamp())).save(UsedLink.id.does_not_exist())
    except PutError as error:
        if not was_rejected(error):
            raise


def _ask_extend(offer: Offer) -> Question:
    cluster = clusters.get(offer.person, offer.deed.object_id, "cluster.extend")
    hours = f"{offer.deed.hours} hour{'s' if offer.deed.hours != 1 else ''}"
    return Question(
        f"Extend {cluster.identifier}?",
        f"The cluster ends {hours} later than it would now.",
        f"Extend by {hours}",
        f"{cluster.identifier} ends {hours} later.",
        ("clusters", cluster.id),
    )


def _extend(offer: Offer, now: datetime) -> None:
    form = ExtendCluster.model_validate({"hours": offer.deed.hours})
    clusters.extend(offer.person, offer.deed.object_id, form, f"link-{offer.id}")


def _ask_terminate(offer: Offer) -> Question:
    cluster = clusters.get(offer.person, offer.deed.object_id, "cluster.terminate")
    return Question(
        f"End {cluster.identifier}?",
        "The cluster ends now. What is on it and not in S3 is lost.",
        "Terminate now",
        f"{cluster.identifier} is being ended.",
        ("clusters", cluster.id),
    )


def _terminate(offer: Offer, now: datetime) -> None:
    clusters.terminate(offer.person, offer.deed.object_id)


def _ask_pause(offer: Offer) -> Question:
    job = jobs.get(offer.person, offer.deed.object_id, "job.edit")
    return Question(
        f"Pause {job.identifier}?",
        "The job runs no more until somebody resumes it. A run under way goes on.",
        "Pause the job",
        f"{job.identifier} is paused. Resume it on its page.",
        ("jobs", job.id),
    )


def _pause(offer: Offer, now: datetime) -> None:
    pausing.pause(offer.person, offer.deed.object_id, now)


@dataclass(frozen=True)
class _Kind:
    ask: Callable[[Offer], Question]
    do: Callable[[Offer, datetime], None]


DEEDS = {
    "cluster.extend": _Kind(_ask_extend, _extend),
    "cluster.terminate": _Kind(_ask_terminate, _terminate),
    "job.edit": _Kind(_ask_pause, _pause),
}
"""What links do, by the action that it is. The only edit of a job that a link makes is to pause it."""
