"""Operators' commands about clusters."""

from __future__ import annotations

from typing import Any

from chalicelib.clusters import forms as cluster_forms
from chalicelib.clusters import service as clusters
from chalicelib.clusters.models import StateFilter
from chalicelib.clusters.schemas import cluster_record
from chalicelib.core.search import Search
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.identity.access import Scope
from chalicelib.identity.person import Person


@command("clusters.list", "cluster.all", form="Clusters")
def listing(call: Call, form: forms.Clusters) -> dict[str, Any]:
    """List clusters, latest first."""
    search = Search(form.q or "", {} if form.state == StateFilter.ALL else {"state": form.state})
    if form.owner:
        page = clusters.listing(Person(form.owner, ""), form.limit, form.cursor, search=search)
    else:
        page = clusters.listing(call.person, form.limit, form.cursor, Scope.ALL, search=search)
    return page.as_json(cluster_record)


@command("clusters.show", "cluster.view", form="OneCluster")
def show(call: Call, form: forms.OneCluster) -> dict[str, Any]:
    """Show a cluster."""
    return cluster_record(clusters.get(call.person, form.cluster))


@command("clusters.extend", "cluster.extend", form="ExtendCluster", several="cluster")
def extend(call: Call, form: forms.ExtendCluster) -> dict[str, Any]:
    """Extend a live cluster's lifetime by a number of hours."""
    by = cluster_forms.ExtendCluster(hours=form.hours)
    return cluster_record(clusters.extend(call.person, form.cluster, by, form.idempotency_key, call.now))


@command(
    "clusters.terminate",
    "cluster.terminate",
    form="EndCluster",
    several="cluster",
    again=lambda call, form, _: show(call, form),
)
def terminate(call: Call, form: forms.EndCluster) -> dict[str, Any]:
    """End a cluster. Its owner is told, and the reason."""
    return cluster_record(clusters.terminate(call.person, form.cluster, call.now, form.reason or ""))
