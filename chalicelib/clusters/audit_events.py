"""What the system does by itself to clusters, as the audit trail has it. Each is written with the change of state itself."""

from __future__ import annotations

from chalicelib.audit.context import Effect
from chalicelib.clusters.models import Cluster, ClusterStatus

ENDED, FAILED = "cluster.ended", "cluster.failed"
"""The actions."""


def expiry(cluster: Cluster, reason: str) -> Effect:
    """Its state machine ends it: its lifetime is over, or it was never ready."""
    return _effect(cluster, f"Ended it: {reason}")


def launch_failure(cluster: Cluster, reason: str) -> Effect:
    """EMR refused it for good."""
    return _effect(cluster, f"It could not be launched: {reason}")


def end(cluster: Cluster) -> Effect | None:
    """It is over. Worth an entry where nobody, and nothing of ours, had ended it."""
    if cluster.ending_at or cluster.status == ClusterStatus.FAILED_TO_LAUNCH:
        return None
    return _effect(cluster, f"EMR ended it: {cluster.status_reason or 'it did not say why.'}")


def _effect(cluster: Cluster, summary: str) -> Effect:
    return Effect("cluster", cluster.id, cluster.identifier, summary)
