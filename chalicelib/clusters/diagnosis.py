"""Why a cluster ended that nobody had ended: the same words on its page, in lists, mails and the API. Pure."""

from __future__ import annotations

from typing import Any

from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.clusters.models import Cluster, ClusterStatus


def of(cluster: Cluster) -> dict[str, Any] | None:
    """The diagnosis of a cluster that could not be launched, never became ready or ended before its time; else None."""
    if not never_ready(cluster) and not ended_early(cluster):
        return None
    from chalicelib.diagnosis.rules import diagnose_cluster  # a hundred patterns, for the few that failed

    return diagnose_cluster(cluster.status_reason, cluster.reason_code or "", cluster.error_code or "").record()


def never_ready(cluster: Cluster) -> bool:
    """Whether the cluster ended before it could be used, and nobody asked for that."""
    if not cluster.is_final or _by_hand(cluster):
        return False
    return cluster.status == ClusterStatus.FAILED_TO_LAUNCH or cluster.ready_at is None


def ended_early(cluster: Cluster) -> bool:
    """Whether a cluster that was ready ended before its expiry, and nobody asked for that."""
    if not cluster.is_final or _by_hand(cluster) or not cluster.ready_at:
        return False
    return cluster.finished_at is not None and cluster.finished_at < cluster.expires_at


def _by_hand(cluster: Cluster) -> bool:
    return cluster.ended_by not in (None, SYSTEM_ACTOR)
