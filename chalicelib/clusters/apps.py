"""Spark's and YARN's own pages of a cluster: when they can be opened, and by whom."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel, Effect
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.identity.person import Person
from chalicelib.jobflows import apps
from chalicelib.jobflows.apps import App

ACTION = "cluster.connect"


def available(cluster: Cluster, now: datetime) -> list[App]:
    """The pages that can be opened now, in the order in which people want them."""
    return [] if refuse(cluster, now) else list(App)


def refuse(cluster: Cluster, now: datetime) -> str:
    """Why no page of this cluster can be opened now, or ""."""
    if not cluster.jobflow_id:
        return "EMR has not launched this cluster, so it has no pages."
    if cluster.is_ready:
        return ""
    if cluster.is_active:
        return "The cluster is not ready. Its pages are there once it is."
    return apps.refuse_ended(cluster.ready_at, cluster.finished_at, now)


def link(person: Person, channel: Channel, cluster_id: str, name: str, now: datetime) -> str:
    """A fresh link to one of a cluster's pages; that it was handed out is recorded.

    Raises:
        NotFound: there is no such cluster or page, or this person may not see it.
        Forbidden: this person may see the cluster, but not connect to it.
        Conflict: there is no such page now, or EMR does not open it.
        Unavailable: EMR does not answer.
    """
    cluster = clusters.get(person, cluster_id, ACTION)

    def record(summary: str) -> None:
        audit.record_first(
            person.username, channel, ACTION, Effect("cluster", cluster.id, cluster.identifier, summary), now
        )

    return apps.link(cluster.jobflow_id, name, refuse(cluster, now), record, is_running=cluster.is_ready)
