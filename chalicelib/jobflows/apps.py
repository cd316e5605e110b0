"""The web pages of a jobflow's applications, opened by EMR's own links: made for each click, passed on, never stored."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws import emr_apps
from chalicelib.aws.emr_apps import OnClusterApp, PersistentApp
from chalicelib.core.choices import Choice
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound

RETENTION = timedelta(days=30)
"""How long EMR keeps what its pages show: https://docs.aws.amazon.com/emr/latest/ManagementGuide/app-history-spark-UI.html"""


class App(Choice):
    """A page, by its name in addresses."""

    SPARK = "spark-history", "Spark"
    YARN = "yarn", "YARN"


_ON_CLUSTER: dict[App, OnClusterApp] = {App.SPARK: "SparkHistoryServer", App.YARN: "ResourceManager"}
_PERSISTENT: dict[App, PersistentApp] = {App.SPARK: "SHS", App.YARN: "YTS"}


def of_name(name: str) -> App:
    """Raises NotFound, naming those that there are, for a name of none."""
    if name not in list(App):
        raise NotFound(f"There is no page of this name. Choose one of: {', '.join(App)}.")
    return App(name)


def link(jobflow_id: str | None, name: str, refusal: str, record: Callable[[str], None], *, is_running: bool) -> str:
    """A fresh link to the page of this name, unless it is refused; `record` is told what was opened.

    Raises:
        NotFound: there is no such page.
        Conflict: it is refused, or EMR does not open it.
        Unavailable: EMR does not answer, or needs more time for it.
    """
    app = of_name(name)
    if refusal:
        raise Conflict(refusal)
    address = _fresh_link(str(jobflow_id), app, is_running=is_running)
    record(f"Opened {app.label}.")
    return address


def refuse_ended(ready_at: datetime | None, finished_at: datetime | None, now: datetime) -> str:
    """Why EMR's copies of the pages of a cluster that is over cannot be opened, or ""."""
    if not ready_at:
        return "This cluster was never ready, so its pages have nothing to show."
    if finished_at and now >= finished_at + RETENTION:
        return f"EMR keeps these pages for {RETENTION.days} days after a cluster's end."
    return ""


def _fresh_link(jobflow_id: str, app: App, *, is_running: bool) -> str:
    """To the page that the master serves while the cluster is running, afterwards to EMR's copy."""
    if is_running:
        return emr_apps.on_cluster(jobflow_id, _ON_CLUSTER[app])
    return emr_apps.persistent(_arn(jobflow_id), _PERSISTENT[app])


def _arn(jobflow_id: str) -> str:
    """Of this deployment's partition, region and account, which its state machines' names have."""
    _, partition, _, region, account, *_ = settings().cluster_machine_arn.split(":")
    return f"arn:{partition}:elasticmapreduce:{region}:{account}:cluster/{jobflow_id}"
