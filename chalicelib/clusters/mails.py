"""The mails about clusters: which occasion, which template, which context."""

from __future__ import annotations

from datetime import datetime

from chalicelib.clusters import diagnosis, idle_rules
from chalicelib.clusters.diagnosis import ended_early, never_ready
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.limits import LIMITS
from chalicelib.costs import receipts
from chalicelib.mail import outbox
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction
from chalicelib.site_settings import service as site_settings


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


def post_idle_warning(cluster: Cluster, now: datetime) -> None:
    """Tell the owner that the cluster ends because nobody uses it; once for each time that this is decided."""
    ends_at = cluster.idle_ends_at or cluster.expires_at
    page, occasion = _page(cluster), f"cluster-idle#{cluster.id}#{clock.text(ends_at)}"
    keep = LinkAction("cluster.keep", cluster.id, cluster.owner)
    end = LinkAction("cluster.terminate", cluster.id, cluster.owner)
    context = {
        "cluster": cluster,
        "idle": idle_rules.idle_for(cluster, now),
        "minutes": max(1, round((ends_at - now).total_seconds() / 60)),
        "page": page,
        "keep": link(keep, occasion, now, ends_at) or page,
        "end": link(end, occasion, now, ends_at) or page,
    }
    outbox.post(occasion, "cluster_idle", cluster.owner_email, context, now)


def post_bad_news(cluster: Cluster, now: datetime) -> None:
    """Tell the owner of a cluster that has ended, when that is not what was asked for; once for each cluster."""
    context = {
        "cluster": cluster,
        "diagnosis": diagnosis.of(cluster),
        "cost": receipts.cost_of(cluster, now),
        "page": _page(cluster),
        "again": f"{settings().portal_url}/clusters/new",
    }
    team = site_settings.current(now).team_mail
    if never_ready(cluster):
        occasion = f"cluster-failed#{cluster.id}"
        outbox.post_with_copy(occasion, "cluster_failed", cluster.owner_email, context, now, team)
    elif ended_early(cluster):
        occasion = f"cluster-ended#{cluster.id}"
        outbox.post_with_copy(occasion, "cluster_ended", cluster.owner_email, context, now, team)


def _page(cluster: Cluster) -> str:
    return f"{settings().portal_url}/clusters/{cluster.id}"
