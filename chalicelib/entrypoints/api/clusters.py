"""Clusters over the API."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.clusters import savings, usage
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import ExtendCluster, LaunchCluster, limits
from chalicelib.clusters.models import ACTIVE, FAILED, STATUSES, TERMINATED, Cluster
from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import read
from chalicelib.web import paging, responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request
from chalicelib.web.schemas import AMOUNT, TEXT, TRUTH, WHOLE, Record, listed, maybe, one_of

routes = ApiRoutes(__name__)
STATES = (ACTIVE, TERMINATED, FAILED, "all")
SAVING = Record(
    "Saving", currency=TEXT, is_estimate=TRUTH, instance_hours=AMOUNT, on_demand=AMOUNT, paid=AMOUNT, saved=AMOUNT, percent=WHOLE,
)  # fmt: skip
CLUSTER = Record(
    "Cluster", Cluster, "id", "identifier", "name", "status", "status_reason", "size", "lifetime", "lifetime_extension_count",
    "emr_release", "ssh_key", "jobflow_id", "master_address", "owner", "ended_by", "spot_timeout",
    "created_at", "started_at", "ready_at", "expires_at", "finished_at",
    status=one_of(STATUSES), instance_hours=maybe(WHOLE), saving=maybe(SAVING),
)  # fmt: skip


def record(cluster: Cluster) -> dict[str, Any]:
    """A cluster as the API gives it."""
    now = clock.now()
    saving = savings.as_json(savings.so_far(cluster, now))
    return CLUSTER.of(cluster, instance_hours=usage.used(cluster, now), saving=saving and SAVING.of(**saving))


@routes.endpoint("/clusters", "own.look", query=("scope", "state", "limit", "cursor"), gives=listed(CLUSTER))
def listing(request: Request) -> Response:
    """Clusters, newest first; `?state=` active, terminated, failed or all (the default)."""
    state = request.query.get("state", "all")
    if state not in STATES:
        raise Invalid.field("state", f"Choose one of {', '.join(STATES)}.")
    found = clusters.listing(request.user, state, paging.limit(request), paging.cursor(request), paging.scope(request))
    return responses.as_json(paging.answer(found, record))


@routes.endpoint(
    "/clusters", "cluster.launch", methods=("POST",), body=LaunchCluster, status=201, idempotent=True, gives=CLUSTER
)
def launch(request: Request) -> Response:
    """Launch a cluster. A repeated `Idempotency-Key` returns the first request's cluster."""
    form = read(LaunchCluster, request.json, **limits(request.user))
    return responses.as_json(record(clusters.launch(request.user, form, request.idempotency_key, request.now)), 201)


@routes.endpoint("/clusters/{cluster_id}", "cluster.view", gives=CLUSTER)
def get(request: Request, cluster_id: str) -> Response:
    """One cluster."""
    return responses.as_json(record(clusters.get(request.user, cluster_id)))


@routes.endpoint(
    "/clusters/{cluster_id}/extend",
    "cluster.extend",
    methods=("POST",),
    body=ExtendCluster,
    idempotent=True,
    gives=CLUSTER,
)
def extend(request: Request, cluster_id: str) -> Response:
    """Extend a live cluster's lifetime by a number of hours."""
    clusters.get(request.user, cluster_id, "cluster.extend")
    form = read(ExtendCluster, request.json)
    return responses.as_json(record(clusters.extend(request.user, cluster_id, form, request.idempotency_key)))


@routes.endpoint("/clusters/{cluster_id}/terminate", "cluster.terminate", methods=("POST",), gives=CLUSTER)
def terminate(request: Request, cluster_id: str) -> Response:
    """End a cluster. Repeating this has no further effect."""
    return responses.as_json(record(clusters.terminate(request.user, cluster_id)))
