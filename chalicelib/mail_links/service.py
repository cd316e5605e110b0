"""Links in mails that do something: made with the mail, shown as a question, used once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pynamodb.exceptions import PutError

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Channel
from chalicelib.aws.secrets import secret
from chalicelib.clusters import rules
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import ExtendCluster
from chalicelib.clusters.models import Cluster
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.tables import find, was_rejected
from chalicelib.identity import permissions, users
from chalicelib.identity.person import Person
from chalicelib.job_changes import pausing
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.mail import signed_links
from chalicelib.mail.signed_links import LinkAction
from chalicelib.mail_links.models import UsedLink
from chalicelib.ownership import offers
from chalicelib.usage_limits import limit_requests


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


def open_link(text: str, now: datetime) -> Link:
    """The link with this text. Nothing is done yet: programs that scan mails follow links too.

    Raises:
        NotFound: it is not a link of ours, it has expired, or its person is no longer known.
    """
    action, link_id, expires_at = signed_links.read(secret(settings().link_key_id), text, now)
    person = users.person(action.person)
    if person is None or action.action not in HANDLERS:
        raise NotFound("The account, cluster or job that this link is for no longer exists.")
    return Link(action, person, link_id, expires_at, find(UsedLink, link_id) is not None)


def refuse_used(link: Link) -> None:
    """Raises Conflict for a link that was used already."""
    if link.is_used:
        raise Conflict("This link has already been used; each link works once. Sign in to do more.")


def question(link: Link) -> Question:
    """What to ask before the action, and what to say when it is done; of a link that was used, to whoever may view the object.

    Raises:
        NotFound, Forbidden: the object is gone, or this person may not do this any more.
    """
    return HANDLERS[link.action.action].ask(link)


def use(link: Link, now: datetime) -> None:
    """Do what the link is for, unless that was done already, by the same button pressed twice. Each action is
    safe to repeat, so one that died half-way is completed by following it again.

    Raises:
        Conflict: it is not possible now, with the reason.
        NotFound, Forbidden: the object is gone, or this person may not do this any more.
    """
    if link.is_used:
        audit_context.mark_noop()
        return
    audit_context.set_channel(Channel.MAIL_LINK, link.person.username)
    audit_context.set_action(link.action.action)
    HANDLERS[link.action.action].do(link, now)
    try:
        UsedLink(link.id, used_at=now, ttl=int(link.expires_at.timestamp())).save(UsedLink.id.does_not_exist())
    except PutError as error:
        if not was_rejected(error):
            raise


def _cluster(link: Link) -> Cluster:
    return clusters.get(link.person, link.action.object_id, "cluster.view" if link.is_used else link.action.action)


def _job(link: Link) -> Job:
    return jobs.get(link.person, link.action.object_id, "job.view" if link.is_used else link.action.action)


def _ask_extend(link: Link) -> Question:
    cluster = _cluster(link)
    if not link.is_used and (refusal := rules.refuse_extension(cluster)):
        raise Conflict(refusal)
    hours = f"{link.action.hours} hour{'s' if link.action.hours != 1 else ''}"
    return Question(
        f"Extend {cluster.identifier}?",
        f"The cluster will end {hours} later than planned.",
        f"Extend by {hours}",
        f"{cluster.identifier} will end {hours} later.",
        ("clusters", cluster.id),
    )


def _extend(link: Link, now: datetime) -> None:
    form = ExtendCluster.model_validate({"hours": link.action.hours})
    clusters.extend(link.person, link.action.object_id, form, f"link-{link.id}", now)


def _ask_terminate(link: Link) -> Question:
    cluster = _cluster(link)
    if not link.is_used and not cluster.is_active:
        raise Conflict(f"{cluster.identifier} {'has already ended' if cluster.is_final else 'is ending already'}.")
    return Question(
        f"End {cluster.identifier}?",
        "The cluster will end now. Anything on it that is not saved to S3 will be lost.",
        "Terminate now",
        f"{cluster.identifier} is ending.",
        ("clusters", cluster.id),
    )


def _terminate(link: Link, now: datetime) -> None:
    clusters.terminate(link.person, link.action.object_id, now)


def _ask_pause(link: Link) -> Question:
    job = _job(link)
    return Question(
        f"Pause {job.identifier}?",
        "The job will not run until somebody resumes it. A run in progress continues.",
        "Pause the job",
        f"{job.identifier} is paused. Resume it on its page.",
        ("jobs", job.id),
    )


def _pause(link: Link, now: datetime) -> None:
    pausing.pause(link.person, link.action.object_id, now)


def _ask_accept_job(link: Link) -> Question:
    _refuse_what_is_theirs(link, jobs.get(link.person, link.action.object_id))
    job = _job(link)
    return Question(
        f"Take over {job.identifier}?",
        f"The job will belong to you instead of {job.owner}, with its runs, their results and its history.",
        "Accept",
        f"{job.identifier} is yours.",
        ("jobs", job.id),
    )


def _ask_accept_cluster(link: Link) -> Question:
    _refuse_what_is_theirs(link, clusters.get(link.person, link.action.object_id))
    cluster = _cluster(link)
    return Question(
        f"Take over {cluster.identifier}?",
        f"The cluster will belong to you instead of {cluster.owner}. It keeps the SSH key that it was launched with.",
        "Accept",
        f"{cluster.identifier} is yours.",
        ("clusters", cluster.id),
    )


def _ask_grant(link: Link) -> Question:
    if not permissions.allows("limit.answer", permissions.roles_of(link.person)):
        raise NotFound("Only administrators can answer this request.")
    request = limit_requests.get(link.action.object_id)
    return Question(
        f"Grant {request.person} more?",
        f"{request.person} requests {limit_requests.wording(request)}: {request.reason}",
        "Grant it",
        f"{request.person} may have {limit_requests.wording(request)}.",
        ("admin", "limits"),
    )


def _grant(link: Link, now: datetime) -> None:
    _ask_grant(link)
    limit_requests.grant(link.person, link.action.object_id, None, now)


def _refuse_what_is_theirs(link: Link, thing: Job | Cluster) -> None:
    if link.person.owns(thing) and not link.is_used:
        raise Conflict(f"{thing.identifier} is yours already.")


@dataclass(frozen=True)
class _Handler:
    ask: Callable[[Link], Question]
    do: Callable[[Link, datetime], object]


HANDLERS = {
    "cluster.extend": _Handler(_ask_extend, _extend),
    "cluster.terminate": _Handler(_ask_terminate, _terminate),
    "job.edit": _Handler(_ask_pause, _pause),
    "job.accept": _Handler(
        _ask_accept_job, lambda link, now: offers.accept_job(link.person, link.action.object_id, now)
    ),
    "cluster.accept": _Handler(
        _ask_accept_cluster, lambda link, now: offers.accept_cluster(link.person, link.action.object_id, now)
    ),
    "limit.answer": _Handler(_ask_grant, _grant),
}
"""How links ask and act, by action. The only edit of a job that a link makes is to pause it."""
