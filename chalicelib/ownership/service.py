"""Transfers: of a job, of a cluster, or of everything that a person owns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.audit import context as audit_context
from chalicelib.audit import service as audit
from chalicelib.audit.context import Effect
from chalicelib.clusters import service as clusters
from chalicelib.clusters import transfer as cluster_transfer
from chalicelib.clusters.models import Cluster, StateFilter
from chalicelib.core.errors import AtmoError, Conflict, Invalid, NotFound
from chalicelib.core.rows import as_rows
from chalicelib.core.text import plural
from chalicelib.identity import users
from chalicelib.identity.person import Person
from chalicelib.job_changes import transfer as job_transfer
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.ownership import mails, offers

if TYPE_CHECKING:
    from chalicelib.ownership.forms import Transfer


@dataclass(frozen=True)
class TransferResult:
    """What was transferred, and why some of it was not, by id."""

    jobs: list[Job]
    clusters: list[Cluster]
    refused: dict[str, str]


def transfer_job(person: Person, job_id: str, form: Transfer, now: datetime) -> Job:
    """Transfer a job. An owner offers it: it becomes the receiver's when they accept. Whoever else may, such as an admin, decides
    at once, and both are told.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Invalid: naming `to`: nobody of that name may have it, or it is theirs already.
        Conflict: others keep changing the job.
    """
    job, to = jobs.get(person, job_id, "job.transfer"), _recipient(form)
    if person.owns(job):
        offers.offer(person, job, to, now)
        return job
    before = job.owner
    job = job_transfer.transfer(person, job_id, to, now)
    mails.post_transferred([job], before, to, person.username, now)
    return job


def transfer_cluster(person: Person, cluster_id: str, form: Transfer, now: datetime) -> Cluster:
    """Transfer a cluster, as `transfer_job` does a job.

    Raises:
        NotFound, Forbidden: as `clusters.get` has it.
        Invalid: naming `to`: nobody of that name may have it, or it is theirs already.
        Conflict: others keep changing the cluster.
    """
    cluster, to = clusters.get(person, cluster_id, "cluster.transfer"), _recipient(form)
    if person.owns(cluster):
        offers.offer(person, cluster, to, now)
        return cluster
    before = cluster.owner
    cluster = cluster_transfer.transfer(person, cluster_id, to)
    mails.post_transferred([cluster], before, to, person.username, now)
    return cluster


def transfer_everything(person: Person, username: str, form: Transfer, now: datetime) -> TransferResult:
    """Transfer all jobs, and all clusters that have not ended. What others are changing at that moment is left out and named;
    repeating the call transfers the rest.

    Raises:
        NotFound: there is no such person.
        Invalid: naming `to`: nobody of that name may have it, or they are the same.
    """
    users.get(username)
    to = _recipient(form)
    if to.username == username:
        raise Invalid.field("to", f"{username} already owns all of it.")
    done = TransferResult([], [], {})
    things: list[Job | Cluster] = [*jobs_of(username), *clusters_of(username)]
    _begin(username, to.username, things)
    for thing in things:
        _transfer_one(person, thing, to, done, now)
    transferred: list[Job | Cluster] = [*done.jobs, *done.clusters]
    audit_context.note_made(",".join(thing.id for thing in transferred))
    if not transferred:
        return done
    mails.post_transferred(transferred, username, to, person.username, now)
    summary = (
        f"Transferred {plural(len(done.jobs), 'job')} and {plural(len(done.clusters), 'cluster')} to {to.username}."
    )
    audit_context.note_outcome(Effect("person", username, username, summary))
    return done


def _begin(username: str, to: str, things: Sequence[Job | Cluster]) -> None:
    """The trail has what is about to be transferred before any of it is: each thing's own entry then says that it was."""
    audit_context.mark_steps()
    if things:
        jobs = sum(isinstance(thing, Job) for thing in things)
        both = f"{plural(jobs, 'job')} and {plural(len(things) - jobs, 'cluster')}"
        audit.begin_steps(
            Effect("person", username, username, f"Began to transfer {both} to {to}."),
            Effect("person", to, to, f"Is to receive {both} from {username}."),
        )


def transferred_before(person: Person, made: str) -> TransferResult:
    """What an earlier call of `transfer_everything` transferred, by the ids that it noted, as far as this person may see it now."""
    done = TransferResult([], [], {})
    for thing_id in filter(None, made.split(",")):
        with suppress(NotFound):
            if thing_id.startswith("j-"):
                done.jobs.append(jobs.get(person, thing_id))
            else:
                done.clusters.append(clusters.get(person, thing_id))
    return done


def _transfer_one(person: Person, thing: Job | Cluster, to: Person, done: TransferResult, now: datetime) -> None:
    try:
        if isinstance(thing, Job):
            done.jobs.append(job_transfer.transfer(person, thing.id, to, now))
        else:
            done.clusters.append(cluster_transfer.transfer(person, thing.id, to))
    except AtmoError as error:
        done.refused[thing.id] = error.message


def jobs_of(username: str) -> Iterator[Job]:
    """Every job of this person."""
    return iter(Job.by_owner.query(username))


def clusters_of(username: str) -> Iterator[Cluster]:
    """Every cluster of this person that has not ended."""
    return iter(Cluster.by_owner_state.query(f"{username}#{StateFilter.ACTIVE}"))


def belongings(username: str) -> tuple[list[Job], list[Cluster]]:
    """The same jobs and clusters with their ids and identifiers alone (chalicelib/core/rows.py)."""
    shows = ["id", "identifier"]
    jobs = Job.by_owner.query(username, attributes_to_get=shows)
    clusters = Cluster.by_owner_state.query(f"{username}#{StateFilter.ACTIVE}", attributes_to_get=shows)
    return as_rows(jobs, shows), as_rows(clusters, shows)


def _recipient(form: Transfer) -> Person:
    to = users.person(form.to)
    if to is None:
        raise Invalid.field(
            "to", f"Nobody named {form.to} has signed in here yet, or their account is disabled. Check the user name."
        )
    return to


def refuse_oneself(person: Person, username: str) -> None:
    """Raises Conflict where somebody would lock themselves out."""
    if person.requester == username:
        raise Conflict("This is your own account. Ask another administrator.")
