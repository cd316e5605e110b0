"""What the system did by itself to clusters, for the audit trail. Call each where the change of state was won."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit import service as audit
from chalicelib.clusters.models import Cluster, ClusterStatus


def record_expiry(cluster: Cluster, now: datetime) -> None:
    """Its state machine ends it: its lifetime is over, or it was never ready."""
    _record("cluster.ended", cluster, f"Ended it: {cluster.status_reason}", now)


def record_launch_failure(cluster: Cluster, now: datetime) -> None:
    """EMR refused it for good."""
    _record("cluster.failed", cluster, f"It could not be launched: {cluster.status_reason}", now)


def record_end(cluster: Cluster, now: datetime) -> None:
    """It is over. Worth an entry where nobody, and nothing of ours, had ended it."""
    if not cluster.ending_at and cluster.status != ClusterStatus.FAILED_TO_LAUNCH:
        _record("cluster.ended", cluster, f"EMR ended it: {cluster.status_reason or 'it did not say why.'}", now)


def _record(action: str, cluster: Cluster, summary: str, now: datetime) -> None:
    audit.record_system_event(action, "cluster", cluster.id, cluster.identifier, summary, now)
