"""Transfers, and people's accounts, over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.clusters import service as clusters
from chalicelib.clusters.schemas import CLUSTER, cluster_record
from chalicelib.core.fields import read
from chalicelib.core.schemas import searchable
from chalicelib.core.short_lists import search_all
from chalicelib.identity import users
from chalicelib.identity.schemas import PERSON, person_record
from chalicelib.identity.search import PEOPLE
from chalicelib.job_changes.schemas import JOB, job_record
from chalicelib.jobs import service as jobs
from chalicelib.ownership import offboarding, offers
from chalicelib.ownership import service as ownership
from chalicelib.ownership.forms import Disable, Membership, Transfer
from chalicelib.ownership.schemas import TRANSFER_RESULT, transfer_record
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


def _job_as_it_is(request: Request, _: str, job_id: str) -> Response:
    return responses.as_json(job_record(request.user, jobs.get(request.user, job_id)))


def _cluster_as_it_is(request: Request, _: str, cluster_id: str) -> Response:
    return responses.as_json(cluster_record(clusters.get(request.user, cluster_id)))


def _person_as_they_are(request: Request, _: str, username: str, group: str = "") -> Response:
    return get(request, username)


def _what_was_transferred(request: Request, made: str, username: str) -> Response:
    return responses.as_json(transfer_record(request.user, ownership.transferred_before(request.user, made)))


@routes.endpoint(
    "/jobs/{job_id}/transfer", "job.transfer", methods=("POST",), body=Transfer, again=_job_as_it_is, gives=JOB
)
def transfer_job(request: Request, job_id: str) -> Response:
    """Transfer a job to another person, with its runs and their results. An owner's waits until the receiver accepts."""
    jobs.get(request.user, job_id, "job.transfer")
    form = read(Transfer, request.json)
    return responses.as_json(job_record(request.user, ownership.transfer_job(request.user, job_id, form, request.now)))


@routes.endpoint(
    "/clusters/{cluster_id}/transfer",
    "cluster.transfer",
    methods=("POST",),
    body=Transfer,
    again=_cluster_as_it_is,
    gives=CLUSTER,
)
def transfer_cluster(request: Request, cluster_id: str) -> Response:
    """Transfer a cluster to another person. An owner's waits until the receiver accepts."""
    clusters.get(request.user, cluster_id, "cluster.transfer")
    form = read(Transfer, request.json)
    return responses.as_json(cluster_record(ownership.transfer_cluster(request.user, cluster_id, form, request.now)))


@routes.endpoint("/jobs/{job_id}/transfer", "job.transfer", methods=("DELETE",), again=_job_as_it_is, gives=JOB)
def take_back_job(request: Request, job_id: str) -> Response:
    """Take back the offer of a job that has not been accepted yet."""
    job = jobs.get(request.user, job_id, "job.transfer")
    offers.take_back(job)
    return responses.as_json(job_record(request.user, job))


@routes.endpoint("/jobs/{job_id}/transfer/accept", "job.accept", methods=("POST",), again=_job_as_it_is, gives=JOB)
def accept_job(request: Request, job_id: str) -> Response:
    """Accept a job that its owner has offered to you."""
    return responses.as_json(job_record(request.user, offers.accept_job(request.user, job_id, request.now)))


@routes.endpoint("/jobs/{job_id}/transfer/decline", "job.accept", methods=("POST",), status=204)
def decline_job(request: Request, job_id: str) -> Response:
    """Decline a job that its owner has offered to you."""
    offers.decline(request.user, jobs.get(request.user, job_id, "job.accept"), request.now)
    return responses.empty()


@routes.endpoint(
    "/clusters/{cluster_id}/transfer", "cluster.transfer", methods=("DELETE",), again=_cluster_as_it_is, gives=CLUSTER
)
def take_back_cluster(request: Request, cluster_id: str) -> Response:
    """Take back the offer of a cluster that has not been accepted yet."""
    cluster = clusters.get(request.user, cluster_id, "cluster.transfer")
    offers.take_back(cluster)
    return responses.as_json(cluster_record(cluster))


@routes.endpoint(
    "/clusters/{cluster_id}/transfer/accept",
    "cluster.accept",
    methods=("POST",),
    again=_cluster_as_it_is,
    gives=CLUSTER,
)
def accept_cluster(request: Request, cluster_id: str) -> Response:
    """Accept a cluster that its owner has offered to you."""
    return responses.as_json(cluster_record(offers.accept_cluster(request.user, cluster_id, request.now)))


@routes.endpoint("/clusters/{cluster_id}/transfer/decline", "cluster.accept", methods=("POST",), status=204)
def decline_cluster(request: Request, cluster_id: str) -> Response:
    """Decline a cluster that its owner has offered to you."""
    offers.decline(request.user, clusters.get(request.user, cluster_id, "cluster.accept"), request.now)
    return responses.empty()


@routes.endpoint("/users", "user.view", query=("limit", "cursor"), searched_by=PEOPLE, gives=searchable(PERSON))
def listing(request: Request) -> Response:
    """Everybody who has signed in, by user name unless `sort` says otherwise."""
    search = search_query.search(request, PEOPLE)
    page = search_all(users.listing(), search, PEOPLE, paging.limit(request), paging.cursor(request))
    return responses.as_json(page.as_search_json(person_record))


@routes.endpoint("/users/{username}", "user.view", gives=PERSON)
def get(request: Request, username: str) -> Response:
    """One person."""
    return responses.as_json(person_record(users.get(username)))


@routes.endpoint(
    "/users/{username}/disable",
    "user.disable",
    methods=("POST",),
    body=Disable,
    again=_person_as_they_are,
    gives=PERSON,
)
def disable(request: Request, username: str) -> Response:
    """End a person's sessions, refuse their tokens and pause their jobs. Their clusters run until they expire, unless
    `end_clusters` ends them too. The person is told the `reason`."""
    users.get(username)
    form = read(Disable, request.json)
    user = offboarding.disable(request.user, username, request.now, form.end_clusters, form.reason or "")
    return responses.as_json(person_record(user))


@routes.endpoint("/users/{username}/enable", "user.disable", methods=("POST",), again=_person_as_they_are, gives=PERSON)
def enable(request: Request, username: str) -> Response:
    """Let a person in again. Their jobs stay paused."""
    return responses.as_json(person_record(offboarding.enable(request.user, username)))


@routes.endpoint(
    "/users/{username}/groups",
    "user.group",
    methods=("POST",),
    body=Membership,
    again=_person_as_they_are,
    gives=PERSON,
)
def grant(request: Request, username: str) -> Response:
    """Add a person to one of this site's groups, such as admins."""
    users.get(username)
    return responses.as_json(person_record(users.grant(username, read(Membership, request.json).group)))


@routes.endpoint(
    "/users/{username}/groups/{group}", "user.group", methods=("DELETE",), again=_person_as_they_are, gives=PERSON
)
def revoke(request: Request, username: str, group: str) -> Response:
    """Remove a person from one of this site's groups."""
    return responses.as_json(person_record(users.revoke(username, group)))


@routes.endpoint(
    "/users/{username}/transfer",
    "user.transfer",
    methods=("POST",),
    body=Transfer,
    again=_what_was_transferred,
    gives=TRANSFER_RESULT,
)
def transfer_everything(request: Request, username: str) -> Response:
    """Transfer all of a person's jobs and live clusters. `refused` names those that somebody else was changing at the time."""
    users.get(username)
    form = read(Transfer, request.json)
    return responses.as_json(
        transfer_record(request.user, ownership.transfer_everything(request.user, username, form, request.now))
    )
