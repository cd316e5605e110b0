"""For admins: what is offered, and what is running for whom."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.clusters import sweep as cluster_sweep
from chalicelib.core.pagination import Page
from chalicelib.core.search import Search
from chalicelib.entrypoints.portal.rows import CLUSTER_ROW
from chalicelib.entrypoints.portal.searched_list import show_list
from chalicelib.jobflows.reconciliation import service as reconciliation
from chalicelib.jobflows.reconciliation.findings import LABELS
from chalicelib.jobflows.reconciliation.models import Reconciliation
from chalicelib.mail import outbox
from chalicelib.releases import service as releases
from chalicelib.runs import sweep as run_sweep
from chalicelib.web import paging
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

RUN_ROW = ("id", "job_identifier", "owner", "status", "size", "scheduled_at", "jobflow_id")
"""What the table of live runs shows of each."""


@routes.page("/admin", "admin.look")
def overview(request: Request) -> Response:
    """EMR releases, live clusters and live runs of all people."""
    return show(
        request,
        "admin/overview.html",
        releases=releases.everything(),
        clusters=[cluster for cluster in cluster_sweep.SWEEP.rows(CLUSTER_ROW) if not cluster.is_final],
        runs=run_sweep.SWEEP.rows(RUN_ROW),
        last_sweep=reconciliation.last_sweep(),
    )


@routes.page("/admin/reconciliation", "reconciliation.view", query=("limit",), searched_by=reconciliation.FIELDS)
def findings(request: Request) -> Response:
    """The differences between EMR and the records that sweeps found, the latest first."""

    def read(search: Search, cursor: str | None) -> Page[Reconciliation]:
        return reconciliation.listing(paging.limit(request), cursor, search)

    return show_list(
        request,
        "admin/reconciliation.html",
        reconciliation.FIELDS,
        read,
        last_sweep=reconciliation.last_sweep(),
        labels=LABELS,
        unconfirmed=outbox.unconfirmed(),
    )
