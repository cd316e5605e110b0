"""Ending clusters that nobody uses: their agents' reports are brought to their records, and the owners warned.

Reports are read when they could change something: by the sweep once a warning could be due, and by the state machine once more
before it ends a cluster.
"""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.clusters import activity, emr_sync, idle_rules
from chalicelib.clusters.activity import Report
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.core.config import settings
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if
from chalicelib.jobflows import task_tokens
from chalicelib.jobflows.reconciliation.findings import Report as Findings


def watch(clusters: list[Cluster], findings: Findings, now: datetime) -> None:
    """Look at the clusters that may be idle, and warn their owners."""
    for cluster in clusters:
        if not idle_rules.look_is_due(cluster, now):
            continue
        with findings.serving(cluster.id):
            cluster.refresh(consistent_read=True)
            if idle_rules.look_is_due(cluster, now):
                look(cluster, now)
            if idle_rules.has_idled_out(cluster, now) and cluster.awaiting == "expiry":
                task_tokens.wake(cluster, "idle")


def look(cluster: Cluster, now: datetime) -> None:
    """Read the report, and put on record what follows from it: the last use, and the end for idleness, which is also withdrawn.

    Raises:
        Unavailable: S3 does not answer.
    """
    report = _report(cluster)
    used_at, ends_at = idle_rules.last_use(cluster, report, now), idle_rules.idle_end(cluster, report, now)
    actions: list[Action] = [Cluster.used_at.set(used_at)] if used_at > idle_rules.used_at(cluster) else []
    if ends_at != cluster.idle_ends_at:
        actions.append(Cluster.idle_ends_at.set(ends_at) if ends_at else Cluster.idle_ends_at.remove())
        logger.info("idle_end_moved", extra={"cluster": cluster.id, "ends_at": str(ends_at), "report": str(report)})
    if actions and not update_if(cluster, _unchanged(cluster), actions):
        cluster.refresh(consistent_read=True)
    emr_sync.wake_execution(cluster)
    if cluster.is_ready and cluster.idle_ends_at and now < cluster.idle_ends_at:
        from chalicelib.clusters import mails  # with prices and receipts; most looks warn nobody

        mails.post_idle_warning(cluster, now)


def _report(cluster: Cluster) -> Report | None:
    from chalicelib.aws import s3  # most sweeps read none

    key = f"{activity.folder(settings().cluster_machine_arn)}/{cluster.master_instance}"
    fetched = s3.newest(settings().logs_bucket, key, activity.MAX_BYTES)
    return activity.parse(fetched.body) if fetched else None


def _unchanged(cluster: Cluster) -> Condition:
    """Nobody has ended, extended or kept it meanwhile."""
    not_kept = Cluster.kept_at == cluster.kept_at if cluster.kept_at else Cluster.kept_at.does_not_exist()
    is_ready = Cluster.status.is_in(ClusterStatus.RUNNING, ClusterStatus.WAITING)
    unchanged: Condition = not_kept & is_ready & (Cluster.expires_at == cluster.expires_at)
    return unchanged
