"""The web pages of a cluster's applications, opened by EMR's own links: asked for at each click, passed on, never stored."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.aws import emr_apps
from chalicelib.aws.emr_apps import OnClusterApp, PersistentApp
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core.choices import Choice
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.identity.person import Person

ACTION = "cluster.connect"
RETENTION = timedelta(days=30)
"""How long EMR keeps what its pages show: https://docs.aws.amazon.com/emr/latest/ManagementGuide/app-history-spark-UI.html"""


class App(Choice):
    """A page, by its name in addresses."""

    SPARK = "spark-history", "Spark"
    YARN = "yarn", "YARN"


_ON_CLUSTER: dict[App, OnClusterApp] = {App.SPARK: "SparkHistoryServer", App.YARN: "ResourceManager"}
_PERSISTENT: dict[App, PersistentApp] = {App.SPARK: "SHS", App.YARN: "YTS"}


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
    if not cluster.ready_at:
        return "This cluster was never ready, so its pages have nothing to show."
    if cluster.finished_at and now >= cluster.finished_at + RETENTION:
        return f"EMR keeps these pages for {RETENTION.days} days after a cluster's end."
    return ""


def link(person: Person, channel: Channel, cluster_id: str, name: str, now: datetime) -> str:
    """A fresh link to one of a cluster's pages; that it was handed out is recorded.

    Raises:
        NotFound: there is no such cluster or page, or this person may not see it.
        Forbidden: this person may see the cluster, but not connect to it.
        Conflict: there is no such page now, or EMR does not open it.
        Unavailable: EMR does not answer.
    """
    cluster = clusters.get(person, cluster_id, ACTION)
    if name not in list(App):
        raise NotFound(f"There is no page of this name. Choose one of: {', '.join(App)}.")
    if refusal := refuse(cluster, now):
        raise Conflict(refusal)
    app = App(name)
    address = _link(cluster, app)
    audit.record_access(
        person.username, channel, ACTION, "cluster", cluster.id, cluster.identifier, f"Opened {app.label}.", now
    )
    return address


def _link(cluster: Cluster, app: App) -> str:
    if cluster.is_ready:
        return emr_apps.on_cluster(str(cluster.jobflow_id), _ON_CLUSTER[app])
    return emr_apps.persistent(_arn(str(cluster.jobflow_id)), _PERSISTENT[app])


def _arn(jobflow_id: str) -> str:
    """Of this deployment's partition, region and account, which its state machines' names have."""
    _, partition, _, region, account, *_ = settings().cluster_machine_arn.split(":")
    return f"arn:{partition}:elasticmapreduce:{region}:{account}:cluster/{jobflow_id}"
