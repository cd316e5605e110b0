"""How the API represents a cluster."""

from __future__ import annotations

from typing import Any

from chalicelib.clusters import diagnosis, savings, usage
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.core import clock
from chalicelib.core.schemas import AMOUNT, TEXT, TRUTH, WHOLE, Record, maybe, one_of
from chalicelib.jobflows.schemas import DIAGNOSIS

SAVING = Record(
    "Saving", currency=TEXT, is_estimate=TRUTH, instance_hours=AMOUNT, on_demand=AMOUNT, paid=AMOUNT, saved=AMOUNT, percent=WHOLE,
)  # fmt: skip
CLUSTER = Record(
    "Cluster", Cluster, "id", "identifier", "name", "status", "status_reason", "size", "lifetime", "lifetime_extension_count",
    "emr_release", "ssh_key", "jobflow_id", "master_address", "owner", "transfer_to", "ended_by", "spot_timeout",
    "created_at", "started_at", "ready_at", "expires_at", "finished_at",
    status=one_of(ClusterStatus), instance_hours=maybe(WHOLE), saving=maybe(SAVING), diagnosis=maybe(DIAGNOSIS),
)  # fmt: skip


def cluster_record(cluster: Cluster) -> dict[str, Any]:
    """A cluster as the API gives it."""
    now = clock.now()
    saving = savings.as_json(savings.so_far(cluster, now))
    return CLUSTER.of(
        cluster,
        instance_hours=usage.used(cluster, now),
        saving=saving and SAVING.of(**saving),
        diagnosis=diagnosis.of(cluster),
    )
