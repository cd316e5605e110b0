"""Offers: an owner hands something over, and it becomes the receiver's when they accept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.clusters import service as clusters
from chalicelib.clusters import transfer as cluster_transfer
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import Conflict, Forbidden, Invalid
from chalicelib.core.tables import as_read, was_overtaken
from chalicelib.identity import standing_offers
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
    if thing.transfer_to and thing.transfer_to != to.username:
        _end(thing, "")
    effect = Effect(kind_of(thing), thing.id, thing.identifier, f"Offered it to {to.username}.")
    with _unless_changed(thing), changes.transaction(effect) as write:
        unchanged = (model.owner == person.username) & as_read(model.transfer_to, thing.transfer_to)
        write.update(model(thing.id), actions=[model.transfer_to.set(to.username)], condition=unchanged)
        standing_offers.enlist(write, thing, to.username)
    thing.refresh(consistent_read=True)
    mails.post_offer(thing, to, now)


def accept_job(person: Person, job_id: str, now: datetime) -> Job:
    """Take over a job that this person was offered. Whoever has accepted it gets it again as it is.

    Raises:
        NotFound, Forbidden: there is no such offer to this person.
        Conflict: others keep changing the job.
    """
    try:
        before = jobs.get(person, job_id, "job.accept").owner
        job = job_transfer.transfer(person, job_id, person, now, "job.accept")
    except Forbidden:
        if not _has_accepted(person, job := jobs.get(person, job_id)):
            raise
        return job
    mails.post_answer(job, before, person, "accepted", now)
    return job


def accept_cluster(person: Person, cluster_id: str, now: datetime) -> Cluster:
    """Take over a cluster that this person was offered. Whoever has accepted it gets it again as it is.

    Raises:
        NotFound, Forbidden: there is no such offer to this person.
        Conflict: others keep changing the cluster.
    """
    try:
        before = clusters.get(person, cluster_id, "cluster.accept").owner
        cluster = cluster_transfer.transfer(person, cluster_id, person, "cluster.accept")
    except Forbidden:
        if not _has_accepted(person, cluster := clusters.get(person, cluster_id)):
            raise
        return cluster
    mails.post_answer(cluster, before, person, "accepted", now)
    return cluster


def _has_accepted(person: Person, thing: Thing) -> bool:
    """Whether this person has accepted the thing before, from an owner who offered it, and has not offered it on since."""
    return person.owns(thing) and bool(thing.received_from) and not thing.transfer_to


def decline(person: Person, thing: Thing, now: datetime) -> None:
    """Decline what this person was offered, and tell its owner.

    Raises:
        Conflict: it was changed meanwhile.
    """
    _end(thing, "Declined the offer.")
    mails.post_answer(thing, thing.owner, person, "declined", now)


def take_back(thing: Thing) -> None:
    """End the offer of something, if there is one.

    Raises:
        Conflict: it was changed meanwhile.
    """
    if thing.transfer_to:
        _end(thing, f"Took back the offer to {thing.transfer_to}.")


def _end(thing: Thing, summary: str) -> None:
    """Raises Conflict when the offer has changed since the thing was read. Without a `summary` it is not on the audit trail."""
    model = type(thing)
    effect = Effect(kind_of(thing), thing.id, thing.identifier, summary) if summary else None
    with _unless_changed(thing), changes.transaction(effect) as write:
        still = (model.owner == thing.owner) & (model.transfer_to == thing.transfer_to)
        write.update(model(thing.id), actions=[model.transfer_to.remove()], condition=still)
        standing_offers.strike_off(write, thing)
    thing.refresh(consistent_read=True)


def kind_of(thing: Thing) -> str:
    """The kind of object, as permissions and the audit trail call it."""
    return "job" if isinstance(thing, Job) else "cluster"


@contextmanager
def _unless_changed(thing: Thing) -> Iterator[None]:
    try:
        yield
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        raise Conflict(f"{thing.identifier} was changed by somebody else in the meantime. Please try again.") from None
