"""Whether a cluster is used, and when one that is not ends. Pure decisions of (record, report, now).

What is not known is never taken for idleness: where a report is missing, old or incomplete, nobody is warned and nothing ends, and
EMR's own policy and the lifetime count.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.clusters.activity import Report
from chalicelib.clusters.models import Cluster
from chalicelib.core.text import hours_and_minutes

WARNING = timedelta(minutes=15)
"""How long before the end its owner hears of it, at the least."""
SILENT_AFTER = timedelta(minutes=20)
"""Agents report every five minutes; one that has not for so long is silent."""
SKEW = timedelta(minutes=5)
"""By how much the node's clock may be ahead."""


def allowed(cluster: Cluster) -> timedelta | None:
    """How long it may be idle; None for clusters that were launched before there were agents."""
    return timedelta(minutes=int(cluster.idle_minutes)) if cluster.idle_minutes else None


def used_at(cluster: Cluster) -> datetime:
    """The last use on record: what was reported, that somebody kept it, or that it became ready."""
    moments = (cluster.used_at, cluster.kept_at, cluster.ready_at, cluster.created_at)
    return max(moment for moment in moments if moment)


def look_is_due(cluster: Cluster, now: datetime) -> bool:
    """Whether a report could say anything that matters now: not before a warning could be due."""
    span = allowed(cluster)
    if span is None or not cluster.is_ready or not cluster.master_instance:
        return False
    return bool(cluster.idle_ends_at) or now >= used_at(cluster) + span - WARNING


def last_use(cluster: Cluster, report: Report | None, now: datetime) -> datetime:
    """The last use, by the record and the report. None is in the future."""
    reported = report.last_use if report else None
    return max(used_at(cluster), min(reported, now)) if reported else used_at(cluster)


def says_all(report: Report | None, now: datetime) -> bool:
    """Whether the report shows all there is to see, and is of now."""
    return report is not None and not report.unknown and now - SILENT_AFTER < report.at <= now + SKEW


def idle_end(cluster: Cluster, report: Report | None, now: datetime) -> datetime | None:
    """When the cluster ends for idleness; None while it is used, while that is not known, and where it expires before.

    The end is never less than the warning away when it is first decided, and moves only to later.
    """
    span = allowed(cluster)
    if span is None or not says_all(report, now):
        return None
    due = last_use(cluster, report, now) + span
    if now < due - WARNING:
        return None
    ends_at = max(due, cluster.idle_ends_at or now + WARNING)
    return ends_at if ends_at < cluster.expires_at else None


def ends_at(cluster: Cluster) -> datetime:
    """When the cluster ends unless something happens: its expiry, or the end for idleness that its owner was warned of."""
    return min(cluster.expires_at, cluster.idle_ends_at or cluster.expires_at)


def has_idled_out(cluster: Cluster, now: datetime) -> bool:
    """Whether the end for idleness, of which its owner was warned, has come."""
    return cluster.is_ready and cluster.idle_ends_at is not None and now >= cluster.idle_ends_at


def reason(cluster: Cluster) -> str:
    """Why it ended, on its record. chalicelib/diagnosis/cluster_symptoms.py knows these words."""
    unused = (cluster.idle_ends_at or cluster.expires_at) - used_at(cluster)
    return f"It was not used for {hours_and_minutes(unused)}."


def idle_for(cluster: Cluster, now: datetime) -> str:
    """How long nobody has used it, such as "1 h 45 min"."""
    return hours_and_minutes(now - used_at(cluster))


def refuse_keeping(cluster: Cluster) -> str:
    """Why it cannot be kept, or ""."""
    if cluster.is_active:
        return ""
    state = "has ended already" if cluster.is_final else "is ending already"
    return f"The cluster {cluster.identifier} {state}. Launch a new one instead."
