"""The form that extends a cluster, with what that will cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.clusters import extension_costs, rules
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import ExtendCluster
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import AtmoError, Conflict
from chalicelib.core.fields import read
from chalicelib.core.limits import LIMITS
from chalicelib.entrypoints.portal.clusters import detail_page
from chalicelib.entrypoints.portal.estimate_values import ESTIMATE
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.accounts import HOUR
from chalicelib.usage_limits.models import UsageLimit
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/clusters/{cluster_id}/extend", "cluster.extend", methods=("GET", "POST"), fields=None, idempotent=True)
def extend(request: Request, cluster_id: str) -> Response:
    """The form to extend the lifetime, to which the mail links, and the extension."""
    cluster = clusters.get(request.user, cluster_id, "cluster.extend")
    if refusal := rules.refuse_extension(cluster):
        return detail_page(request, cluster, Conflict.status, refusal)
    if request.method == "GET":
        return _extend(request, cluster, FormState.blank(hours=LIMITS.extension.default))
    form_state = FormState.from_request(request, hours="")
    if ESTIMATE in request.form:
        return _extend(request, cluster, form_state)
    with form_state.collect_errors(keep=True, limited={UsageLimit.CLUSTER_HOURS: "hours"}):
        form = read(ExtendCluster, form_state.values)
        clusters.extend(request.user, cluster_id, form, form_state.submission, request.now)
        return go(request, "clusters", cluster_id)
    return _extend(request, cluster, form_state)


def _extend(request: Request, cluster: Cluster, form_state: FormState) -> Response:
    longest = accounts.of_owner(request.user, cluster.owner, request.now).allowances[UsageLimit.CLUSTER_HOURS]
    return show(
        request,
        "clusters/extend.html",
        form_state.status,
        cluster=cluster,
        form_state=form_state,
        last=cluster.created_at + longest.most * HOUR,
        **_estimate(request, cluster, form_state.values),
    )


@routes.page("/clusters/{cluster_id}/extend/estimate", "cluster.extend", query=("hours",))
def estimate(request: Request, cluster_id: str) -> Response:
    """A fragment: what the extension typed so far will cost."""
    cluster = clusters.get(request.user, cluster_id, "cluster.extend")
    return show(request, "costs/_estimate.html", **_estimate(request, cluster, request.query))


def _estimate(request: Request, cluster: Cluster, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The estimate, or None while what is typed does not make one."""
    try:
        form = read(ExtendCluster, {"hours": typed.get("hours", "")})
    except AtmoError as error:
        return {"estimate": None, "estimate_refusal": error.message}
    estimated = extension_costs.estimate(cluster, form.hours, request.now)
    return {
        "estimate": estimated,
        "estimate_refusal": "",
        "advice": None,
        **extension_costs.notes(cluster, estimated),
    }
