"""What a cluster used, in normalized instance hours; and what its owner has with it of what is limited."""

from __future__ import annotations

from datetime import datetime

from chalicelib.clusters.models import Cluster
from chalicelib.jobflows.hours import estimated
from chalicelib.usage_limits.rules import Demand


def used(cluster: Cluster, now: datetime) -> int | None:
    """What the cluster used: EMR's figure once it has ended, until then our estimate; None when EMR launched nothing."""
    if cluster.is_final and cluster.instance_hours is not None:
        return int(cluster.instance_hours)
    if not cluster.started_at or cluster.hourly_weight is None:
        return None
    return estimated(cluster.started_at, cluster.finished_at or now, cluster.hourly_weight)


def demand(cluster: Cluster) -> Demand:
    """What its owner has of what is limited, as long as it has not ended."""
    return Demand(clusters=1, workers=int(cluster.size))
