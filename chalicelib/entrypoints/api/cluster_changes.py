"""What changes clusters over the API."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit.forms import Because
from chalicelib.clusters import cloning, keeping, launching
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import CloneCluster, ExtendCluster, LaunchCluster, limits
from chalicelib.clusters.schemas import CLUSTER, cluster_record
from chalicelib.core.fields import read
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint(
    "/clusters", "cluster.launch", methods=("POST",), body=LaunchCluster, status=201, idempotent=True, gives=CLUSTER
)
def launch(request: Request) -> Response:
    """Launch a cluster. A repeated `Idempotency-Key` returns the first request's cluster."""
    form = read(LaunchCluster, request.json, **limits(request.user))
    return responses.as_json(
        cluster_record(launching.launch(request.user, form, request.idempotency_key, request.now)), 201
    )


@routes.endpoint(
    "/clusters/{cluster_id}/clone",
    "cluster.clone",
    methods=("POST",),
    body=CloneCluster,
    status=201,
    idempotent=True,
    gives=CLUSTER,
)
def clone(request: Request, cluster_id: str) -> Response:
    """Launch another cluster like this one, live or ended, as the caller's own. Fields that are left out are as the cluster has
    them; its name gets a counter."""
    clusters.get(request.user, cluster_id, "cluster.clone")
    form = read(CloneCluster, request.json, **limits(request.user))
    cluster = cloning.clone(request.user, cluster_id, form, request.idempotency_key, request.now)
    return responses.as_json(cluster_record(cluster), 201)


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
    return responses.as_json(
        cluster_record(clusters.extend(request.user, cluster_id, form, request.idempotency_key, request.now))
    )


def _as_it_is(request: Request, _: str, cluster_id: str) -> Response:
    return responses.as_json(cluster_record(clusters.get(request.user, cluster_id)))


@routes.endpoint("/clusters/{cluster_id}/keep", keeping.ACTION, methods=("POST",), again=_as_it_is, gives=CLUSTER)
def keep(request: Request, cluster_id: str) -> Response:
    """Keep a cluster that would end at `idle_ends_at` because nobody uses it. Any other is returned as it is."""
    return responses.as_json(cluster_record(keeping.keep(request.user, cluster_id, request.now)))


@routes.endpoint(
    "/clusters/{cluster_id}/terminate",
    "cluster.terminate",
    methods=("POST",),
    body=Because,
    again=_as_it_is,
    gives=CLUSTER,
)
def terminate(request: Request, cluster_id: str) -> Response:
    """End a cluster. Repeating this has no further effect. Its owner is told who else ended it, and the `reason`."""
    clusters.get(request.user, cluster_id, "cluster.terminate")
    reason = read(Because, request.json).reason or ""
    return responses.as_json(cluster_record(clusters.terminate(request.user, cluster_id, request.now, reason)))
