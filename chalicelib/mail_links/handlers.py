"""How each kind of link asks, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.clusters import extension_costs, idle_rules, keeping, rules
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import ExtendCluster
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.text import plural
from chalicelib.identity import permissions
from chalicelib.job_changes import pausing
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.mail_links.link import Link, Question
from chalicelib.ownership import offers
from chalicelib.usage_limits import limit_requests


def _cluster(link: Link) -> Cluster:
    return clusters.get(link.person, link.action.object_id, "cluster.view" if link.is_used else link.action.action)


def _job(link: Link) -> Job:
    return jobs.get(link.person, link.action.object_id, "job.view" if link.is_used else link.action.action)


def _ask_extend(link: Link) -> Question:
    cluster = _cluster(link)
    if not link.is_used and (refusal := rules.refuse_extension(cluster)):
        raise Conflict(refusal)
    hours = plural(link.action.hours, "hour")
    cost = extension_costs.sentence(cluster, link.action.hours, clock.now())
    return Question(
        f"Extend {cluster.identifier}?",
        f"The cluster will end {hours} later than planned. {cost}",
        f"Extend by {hours}",
        f"{cluster.identifier} will end {hours} later.",
        ("clusters", cluster.id),
    )


def _extend(link: Link, now: datetime) -> None:
    form = ExtendCluster.model_validate({"hours": link.action.hours})
    clusters.extend(link.person, link.action.object_id, form, f"link-{link.id}", now)


def _ask_keep(link: Link) -> Question:
    cluster = _cluster(link)
    if not link.is_used and (refusal := idle_rules.refuse_keeping(cluster)):
        raise Conflict(refusal)
    return Question(
        f"Keep {cluster.identifier}?",
        "The cluster will not end now, though nobody uses it. You will get another mail if it stays unused.",
        "Keep it",
        f"{cluster.identifier} is kept.",
        ("clusters", cluster.id),
    )


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
    "cluster.keep": _Handler(_ask_keep, lambda link, now: keeping.keep(link.person, link.action.object_id, now)),
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
