"""The form to launch a cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalice.app import Response

from chalicelib.clusters import cloning, launching
from chalicelib.clusters import service as clusters
from chalicelib.clusters.forms import LaunchCluster, limits
from chalicelib.clusters.names import random_name
from chalicelib.core.fields import read
from chalicelib.core.limits import LIMITS
from chalicelib.core.reading import reading_once
from chalicelib.costs import spot_quote
from chalicelib.entrypoints.portal import estimate_values
from chalicelib.identity.person import Person
from chalicelib.keys import service as keys
from chalicelib.keys.models import SSHKey
from chalicelib.releases import service as releases
from chalicelib.releases.models import Release
from chalicelib.site_settings import service as site_settings
from chalicelib.usage_limits import accounts
from chalicelib.usage_limits.models import UsageLimit
from chalicelib.usage_limits.rules import LABELS
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request
from chalicelib.web.urls import Urls

routes = PortalRoutes(__name__)

ADD_KEY = "add_key"
"""The button of the form to launch that leads to a new key."""

LIMITED: dict[str, str] = {UsageLimit.WORKERS: "size", UsageLimit.CLUSTER_HOURS: "lifetime"}
"""The fields at which the form says that a limit is reached; of others it says so as a whole."""

FILLED = ("identifier", "size", "lifetime", "idle_minutes", "emr_release")
"""What of the form to launch is kept while somebody adds a key; the new key is chosen then, being the latest."""


@routes.page(
    "/clusters/new",
    "cluster.launch",
    query=(*FILLED, ADD_KEY, "clone"),
    methods=("GET", "POST"),
    fields=None,
    idempotent=True,
)
def new(request: Request) -> Response:
    """The form to launch a cluster, and the launch. Somebody without an SSH key is asked for one first."""
    held = keys.all_of(request.user)
    values = request.form if request.method == "POST" else request.query
    if not held or ADD_KEY in values:
        return go(
            request, "keys", "new", next=Urls("").to("clusters", "new", clone=values.get("clone"), **_filled(values))
        )
    offered = releases.offered()
    if request.method == "GET":
        form_state = FormState.blank(
            identifier=random_name(),
            size=LIMITS.size.default,
            lifetime=LIMITS.lifetime.default,
            idle_minutes=site_settings.current(request.now).idle_minutes,
            ssh_key=held[0].id,
        )
        form_state.values |= (
            {"emr_release": releases.preselected(offered)} | _cloned(request, held, offered) | _filled(values)
        )
    else:
        form_state = FormState.from_request(request)
        if estimate_values.ESTIMATE in request.form:
            return _new(request, form_state, held, offered)
        with form_state.collect_errors(keep=True, limited=LIMITED):
            form = read(LaunchCluster, form_state.values, **limits(request.user))
            return go(request, "clusters", launching.launch(request.user, form, form_state.submission, request.now).id)
    return _new(request, form_state, held, offered)


def _new(request: Request, form_state: FormState, held: list[SSHKey], offered: list[Release]) -> Response:
    with reading_once():
        estimate_values.read_with(request, accounts.keys(request.user.username))
        account = accounts.of_member(request.user.username, request.user.groups, request.now)
        estimate = estimate_values.of_cluster(request, form_state.values)
    return show(
        request,
        "clusters/new.html",
        form_state.status,
        form_state=form_state,
        keys=held,
        releases=offered,
        offer=spot_quote.current(request.now),
        account=account,
        labels=LABELS,
        **estimate,
        **_bounds(request.user),
    )


def _cloned(request: Request, held: Sequence[SSHKey], offered: Sequence[Release]) -> dict[str, Any]:
    """What the form has of the cluster that shall be cloned; a release that is offered no more is chosen anew."""
    if not (cluster_id := request.query.get("clone", "")):
        return {}
    values = cloning.values(clusters.get(request.user, cluster_id, "cluster.clone"), held)
    is_offered = values["emr_release"] in {release.version for release in offered}
    return {name: value for name, value in values.items() if name != "emr_release" or is_offered}


def _filled(values: Mapping[str, str]) -> dict[str, str]:
    """What was filled in of the form, as its address carries it to the form for a key and back."""
    return {name: values[name][: LIMITS.name] for name in FILLED if values.get(name)}


def _bounds(person: Person) -> dict[str, Any]:
    """The limits that the form's help names."""
    return {"max_size": LIMITS.size.high} | limits(person)
