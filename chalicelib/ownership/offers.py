"""Offers: an owner hands something over, and it becomes the receiver's when they accept."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Effect
from chalicelib.clusters import service as clusters
from chalicelib.clusters import transfer as cluster_transfer
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.identity.person import Person
from chalicelib.job_changes import transfer as job_transfer
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.ownership import mails

Thing = Job | Cluster


def offer(person: Person, thing: Thing, to: Person, now: datetime) -> None:
    """Offer what is this person's to somebody, and tell them. The last offer counts.

    Raises:
        Invalid: naming `to`: it is theirs already.
        Conflict: it was changed meanwhile.
    """
    if to.username == thing.owner:
        raise Invalid.field("to", f"{thing.identifier} already belongs to {to.username}.")
    model = type(thing)
    effect = Effect(kind_of(thing), thing.id, thing.identifier, f"Offered it to {to.username}.")
    if not changes.update_if(thing, model.owner == person.username, [model.transfer_to.set(to.username)], effect):
        raise _changed(thing)
    mails.post_offer(thing, to, now)


def accept_job(person: Person, job_id: str, now: datetime) -> Job:
    """Take over a job that this person was offered.

    Raises:
        NotFound, Forbidden: there is no such offer to this person.
        Conflict: others keep changing the job.
    """
    before = jobs.get(person, job_id, "job.accept").owner
    job = job_transfer.transfer(person, job_id, person, now, "job.accept")
    mails.post_answer(job, before, person, "accepted", now)
    return job


def accept_cluster(person: Person, cluster_id: str, now: datetime) -> Cluster:
    """Take over a cluster that this person was offered.

    Raises:
        NotFound, Forbidden: there is no such offer to this person.
        Conflict: others keep changing the cluster.
    """
    before = clusters.get(person, cluster_id, "cluster.accept").owner
    cluster = cluster_transfer.transfer(person, cluster_id, person, "cluster.accept")
    mails.post_answer(cluster, before, person, "accepted", now)
    return cluster


def decline(person: Person, thing: Thing, now: datetime) -> None:
    """Decline what this person was offered, and tell its owner.

    Raises:
        Conflict: it was changed meanwhile.
    """
    _end(thing, person.username, "Declined the offer.")
    mails.post_answer(thing, thing.owner, person, "declined", now)


def take_back(thing: Thing) -> None:
    """End the offer of something, if there is one.

    Raises:
        Conflict: it was changed meanwhile.
    """
    if thing.transfer_to:
        _end(thing, thing.transfer_to, f"Took back the offer to {thing.transfer_to}.")
    else:
        audit_context.mark_noop()


def _end(thing: Thing, to: str, summary: str) -> None:
    model = type(thing)
    effect = Effect(kind_of(thing), thing.id, thing.identifier, summary)
    if not changes.update_if(thing, model.transfer_to == to, [model.transfer_to.remove()], effect):
        raise _changed(thing)


def kind_of(thing: Thing) -> str:
    """The kind of object, as permissions and the audit trail call it."""
    return "job" if isinstance(thing, Job) else "cluster"


def _changed(thing: Thing) -> Conflict:
    return Conflict(f"{thing.identifier} was changed by somebody else in the meantime. Please try again.")
