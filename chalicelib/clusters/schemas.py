"""How the API represents a cluster."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.aws import emr
from chalicelib.budgets.rules import unreserved_by
from chalicelib.clusters import apps, diagnosis, savings, usage
from chalicelib.clusters.connection import connection
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.clusters.session_manager import LocalPorts, SessionManager
from chalicelib.clusters.ssh import Ssh, SshRoute
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.schemas import AMOUNT, TEXT, TRUTH, WHOLE, Record, many, maybe, one_of
from chalicelib.costs import receipts
from chalicelib.costs.schemas import COST, cost_record
from chalicelib.jobflows.apps import App
from chalicelib.jobflows.schemas import DIAGNOSIS
from chalicelib.site_settings import service as site_settings

SAVING = Record(
    "Saving", currency=TEXT, is_estimate=TRUTH, instance_hours=AMOUNT, on_demand=AMOUNT, paid=AMOUNT, saved=AMOUNT, percent=WHOLE,
)  # fmt: skip
LOCAL_PORTS = Record("LocalPorts", LocalPorts, "jupyter", "zeppelin", jupyter=WHOLE, zeppelin=WHOLE)
SESSION_MANAGER = Record(
    "SessionManager", SessionManager, "instance", "shell", "jupyter", "zeppelin",
    instance=TEXT, shell=TEXT, jupyter=TEXT, zeppelin=TEXT,
)  # fmt: skip
SSH = Record(
    "Ssh", Ssh, "route", "host", "shell", "tunnels", "upload", "download", "config",
    route=one_of(SshRoute), host=TEXT, shell=TEXT, tunnels=TEXT, upload=TEXT, download=TEXT, config=TEXT,
)  # fmt: skip
CONNECT = Record(
    "Connect", private=TRUTH, ports=LOCAL_PORTS, session_manager=maybe(SESSION_MANAGER), ssh=maybe(SSH),
    apps=many(one_of(App)),
)  # fmt: skip
CLUSTER = Record(
    "Cluster", Cluster, "id", "identifier", "name", "status", "status_reason", "size", "lifetime", "lifetime_extension_count",
    "emr_release", "ssh_key", "jobflow_id", "master_address", "owner", "transfer_to", "ended_by", "spot_timeout",
    "created_at", "started_at", "ready_at", "expires_at", "finished_at", "idle_minutes", "used_at", "idle_ends_at",
    status=one_of(ClusterStatus), instance_hours=maybe(WHOLE), saving=maybe(SAVING), diagnosis=maybe(DIAGNOSIS),
    connect=maybe(CONNECT), cost=COST, unreserved=maybe(TEXT),
)  # fmt: skip


def cluster_record(cluster: Cluster) -> dict[str, Any]:
    """A cluster as the API gives it."""
    now = clock.now()
    saving = savings.as_json(savings.so_far(cluster, now))
    return CLUSTER.of(
        cluster,
        instance_hours=usage.used(cluster, now),
        cost=cost_record(receipts.cost_of(cluster, now)),
        unreserved=unreserved_by(cluster.reservation) or None,
        saving=saving and SAVING.of(**saving),
        diagnosis=diagnosis.of(cluster),
        connect=_connect(cluster, now),
    )


def _connect(cluster: Cluster, now: datetime) -> dict[str, Any] | None:
    """How to connect to it, None unless it is ready."""
    way = connection(cluster, settings(), site_settings.current(now), emr.region())
    if not way:
        return None
    return CONNECT.of(
        private=way.private,
        ports=LOCAL_PORTS.of(way.ports),
        session_manager=way.session_manager and SESSION_MANAGER.of(way.session_manager),
        ssh=way.ssh and SSH.of(way.ssh),
        apps=[str(app) for app in apps.available(cluster, now)],
    )
