"""What is measured of clusters. Each function is called once per occasion, where the change of state was won."""

from __future__ import annotations

from aws_lambda_powertools.metrics import MetricUnit

from chalicelib.clusters import usage
from chalicelib.clusters.models import Cluster
from chalicelib.core.observability import measure


def count_ready(cluster: Cluster) -> None:
    """EMR made it ready: count it, and how long that took from the launch."""
    measure("ClusterReady", about=cluster.id, emr_release=cluster.emr_release)
    if cluster.ready_at and cluster.started_at:
        took = (cluster.ready_at - cluster.started_at).total_seconds()
        measure("TimeToReady", max(0, took), MetricUnit.Seconds, about=cluster.id, emr_release=cluster.emr_release)


def count_extension(cluster: Cluster) -> None:
    """Somebody extended its lifetime."""
    measure("ClusterExtended", about=cluster.id, emr_release=cluster.emr_release)


def count_end(cluster: Cluster) -> None:
    """Its end is on record: count it by the final status, and what it used."""
    measure("ClusterEnded", about=cluster.id, emr_release=cluster.emr_release, status=cluster.status)
    used = usage.used(cluster, cluster.finished_at or cluster.expires_at)
    if used is not None:
        measure("NormalizedInstanceHours", used, about=cluster.id, emr_release=cluster.emr_release)
