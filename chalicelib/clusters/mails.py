"""The mails about clusters: which occasion, which template, which context."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.clusters.models import FAILED_TO_LAUNCH, Cluster
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.limits import LIMITS
from chalicelib.mail import outbox
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction

"""Hours that the mail offers to extend by."""


def post_expiry_warning(cluster: Cluster, now: datetime) -> None:
    """Tell the owner that the cluster expires within the hour; once for every lifetime, extended ones included."""
    minutes = max(1, round((cluster.expires_at - now).total_seconds() / 60))
    page, occasion = _page(cluster), f"cluster-expires#{cluster.id}#{clock.text(cluster.expires_at)}"
    extend = LinkAction("cluster.extend", cluster.id, cluster.owner, LIMITS.extension.default)
    end = LinkAction("cluster.terminate", cluster.id, cluster.owner)
    context = {
        "cluster": cluster,
        "minutes": minutes,
        "hours": LIMITS.extension.default,
        "page": page,
        "extend": link(extend, occasion, now, cluster.expires_at) or f"{page}/extend",
        "end": link(end, occasion, now, cluster.expires_at) or page,
    }
    outbox.post(occasion, "cluster_expires", cluster.owner_email, context, now)


def post_bad_news(cluster: Cluster, now: datetime) -> None:
    """Tell the owner of a cluster that has ended, when that is not what was asked for; once for each cluster."""
    context = {
        "cluster": cluster,
        "idle": "idle" in cluster.status_reason.lower(),
        "page": _page(cluster),
        "again": f"{settings().portal_url}/clusters/new",
    }
    if never_ready(cluster):
        outbox.post(f"cluster-failed#{cluster.id}", "cluster_failed", cluster.owner_email, context, now)
    elif ended_early(cluster):
        outbox.post(f"cluster-ended#{cluster.id}", "cluster_ended", cluster.owner_email, context, now)


def never_ready(cluster: Cluster) -> bool:
    """Whether the cluster ended before it could be used, and not because somebody wanted that."""
    if not cluster.is_final or _by_hand(cluster):
        return False
    return cluster.status == FAILED_TO_LAUNCH or cluster.ready_at is None


def ended_early(cluster: Cluster) -> bool:
    """Whether a cluster that was ready ended before its expiry, and not because somebody wanted that."""
    if not cluster.is_final or _by_hand(cluster) or not cluster.ready_at:
        return False
    return cluster.finished_at is not None and cluster.finished_at < cluster.expires_at


def _by_hand(cluster: Cluster) -> bool:
    return cluster.ended_by not in (None, SYSTEM_ACTOR)


def _page(cluster: Cluster) -> str:
    return f"{settings().portal_url}/clusters/{cluster.id}"
