"""Clusters in the browser: watch, extend, terminate."""

from __future__ import annotations

from datetime import datetime

from chalice.app import Response

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.aws import emr
from chalicelib.budgets.rules import unreserved_by
from chalicelib.clusters import apps, connection, diagnosis, extension_costs, idle_rules, keeping, savings, usage
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import hours_and_minutes
from chalicelib.costs import receipts
from chalicelib.entrypoints.portal.reasons import reason
from chalicelib.identity import access
from chalicelib.identity.person import Person
from chalicelib.jobflows.apps import RETENTION
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey
from chalicelib.site_settings import service as site_settings
from chalicelib.web import responses
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import MODIFIED, go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

ENTRIES = 10
"""How much of what happened to a cluster its page shows at once."""


@routes.page("/clusters/{cluster_id}", "cluster.view", query=("cursor",))
def detail(request: Request, cluster_id: str) -> Response:
    """A cluster: what it is doing, how to reach it, until when."""
    return detail_page(request, clusters.get(request.user, cluster_id))


def detail_page(request: Request, cluster: Cluster, status: int = 200, refusal: str = "") -> Response:
    """The page of this cluster, with why what was tried is refused."""
    may = access.allowed(request.person, "cluster", cluster)
    return show(
        request,
        "clusters/detail.html",
        status,
        headers={MODIFIED: clock.text(_last_change(cluster))},
        cluster=cluster,
        may=may,
        key=_key(request.user, cluster),
        opens=cluster.is_ready and keys.is_of(request.user, cluster.ssh_key, cluster.public_key),
        form_state=FormState.blank(hours=LIMITS.extension.default),
        refusal=refusal,
        left=cluster.expires_at - request.now,
        idle_for=idle_rules.idle_for(cluster, request.now),
        ended_by=_ended_by(cluster),
        diagnosis=diagnosis.of(cluster),
        ran=_ran(cluster),
        instance_hours=usage.used(cluster, request.now),
        audit_entries=audit.of_object(cluster.id, ENTRIES, request.query.get("cursor"), may),
        saving=savings.so_far(cluster, request.now),
        connection=connection.connection(cluster, settings(), site_settings.current(request.now), emr.region()),
        apps=apps.available(cluster, request.now),
        app_days=RETENTION.days,
        cost=receipts.cost_of(cluster, request.now),
        unreserved=unreserved_by(cluster.reservation),
        hour_more=extension_costs.sentence(cluster, 1, request.now) if cluster.is_active else "",
        console_url=emr.console_url(cluster.jobflow_id) if cluster.jobflow_id else "",
    )


@routes.page("/clusters/{cluster_id}/apps/{name}", apps.ACTION)
def app(request: Request, cluster_id: str, name: str) -> Response:
    """Off to one of the cluster's own pages, Spark's or YARN's, by a link that EMR makes for this click."""
    address = apps.link(request.user, Channel.PORTAL, cluster_id, name, request.now)
    return responses.redirect(address, status=302)


def _key(person: Person, cluster: Cluster) -> SSHKey | None:
    """The key's record, unless it was deleted since or is somebody else's."""
    try:
        return keys.get(person, cluster.ssh_key)
    except NotFound:
        return None


def _ended_by(cluster: Cluster) -> str:
    """Who ended it: a person, atmo, or EMR by itself; "" while it lives and when it never did."""
    if not cluster.finished_at or not cluster.jobflow_id:
        return ""
    return str(cluster.ended_by or "EMR")


def _ran(cluster: Cluster) -> str:
    """How long it was there, from EMR's launch to the end, such as "7 h 5 min"; "" for one that EMR never launched."""
    if not cluster.finished_at or not cluster.started_at:
        return ""
    return hours_and_minutes(cluster.finished_at - cluster.started_at)


def _last_change(cluster: Cluster) -> datetime:
    return max(filter(None, (cluster.created_at, cluster.started_at, cluster.ready_at, cluster.finished_at)))


@routes.page("/clusters/{cluster_id}/keep", keeping.ACTION, methods=("POST",))
def keep(request: Request, cluster_id: str) -> Response:
    """Keep a cluster that would end because nobody uses it."""
    try:
        keeping.keep(request.user, cluster_id, request.now)
    except Conflict as refusal:
        return detail_page(request, clusters.get(request.user, cluster_id), refusal.status, refusal.message)
    return go(request, "clusters", cluster_id)


@routes.page("/clusters/{cluster_id}/terminate", "cluster.terminate", methods=("GET", "POST"), fields=("reason",))
def terminate(request: Request, cluster_id: str) -> Response:
    """Ask, then end the cluster. One that is ending already is shown as it is."""
    cluster = clusters.get(request.user, cluster_id, "cluster.terminate")
    if request.method == "GET" and cluster.is_active:
        return show(request, "clusters/terminate.html", cluster=cluster)
    if request.method == "POST":
        clusters.terminate(request.user, cluster_id, request.now, reason(request))
    return go(request, "clusters", cluster_id)
