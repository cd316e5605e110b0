"""What clusters are searched, filtered and sorted by."""

from __future__ import annotations

from chalicelib.clusters.models import Cluster, ClusterStatus, StateFilter, state_of
from chalicelib.core.search import Fields


def _state(cluster: Cluster) -> str:
    return state_of(cluster.status)


FIELDS = Fields(
    texts=("identifier", "id", "owner", "jobflow_id"),
    filters={
        "state": _state,
        "status": lambda cluster: cluster.status,
        "size": lambda cluster: cluster.size,
        "emr_release": lambda cluster: cluster.emr_release,
        "owner": lambda cluster: cluster.owner,
        "identifier": lambda cluster: cluster.identifier,
    },
    sorts=("identifier", "status", "size", "emr_release", "expires_at", "finished_at"),
    numbers=("size",),
    choices={"state": StateFilter, "status": ClusterStatus},
)
