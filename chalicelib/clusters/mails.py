"""The mails about clusters: each function returns the occasion, the template's name and the context."""

from __future__ import annotations

from datetime import datetime

from chalicelib import clock
from chalicelib.clusters.models import Cluster
from chalicelib.config import settings
from chalicelib.mails import outbox


def post_expiry_warning(cluster: Cluster, now: datetime) -> None:
    """Tell the owner that the cluster expires within the hour; once for every lifetime, extended ones included."""
    minutes = max(1, round((cluster.expires_at - now).total_seconds() / 60))
    page = f"{settings().portal_url}/clusters/{cluster.id}"
    outbox.post(
        f"cluster-expires#{cluster.id}#{clock.text(cluster.expires_at)}",
        "cluster_expires",
        cluster.owner_email,
        {"cluster": cluster, "minutes": minutes, "page": page, "extend": f"{page}/extend"},
        now,
    )
