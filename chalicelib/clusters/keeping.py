"""Keeping a cluster of which its owner was told that it ends because nobody uses it."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.clusters import emr_sync, idle_rules, service
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import Conflict
from chalicelib.identity.person import Person

ACTION = "cluster.keep"


def keep(person: Person, cluster_id: str, now: datetime) -> Cluster:
    """Count as use that somebody wants it: it may be idle for as long again. One that is not about to end is returned as it is.

    Raises:
        NotFound, Forbidden: there is no such cluster, or this person may not see or keep it.
        Conflict: it is ending or has ended.
    """
    cluster = service.get(person, cluster_id, ACTION)
    while cluster.is_active and cluster.idle_ends_at:
        effect = Effect("cluster", cluster.id, cluster.identifier, "Kept it, though nobody used it.")
        unchanged = (Cluster.status == cluster.status) & (Cluster.owner == cluster.owner)
        actions: list[Action] = [Cluster.kept_at.set(now), Cluster.idle_ends_at.remove()]
        if changes.update_if(cluster, unchanged & Cluster.idle_ends_at.exists(), actions, effect):
            emr_sync.wake_execution(cluster)
            return cluster
        cluster.refresh(consistent_read=True)
    if refusal := idle_rules.refuse_keeping(cluster):
        raise Conflict(refusal)
    emr_sync.wake_execution(cluster)
    return cluster
