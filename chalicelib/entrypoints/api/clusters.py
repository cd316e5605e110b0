"""Clusters over the API, to be read; `cluster_changes` has the endpoints that change them."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.audit.context import Channel
from chalicelib.clusters import apps
from chalicelib.clusters import service as clusters
from chalicelib.clusters.schemas import CLUSTER, cluster_record
from chalicelib.clusters.search import FIELDS
from chalicelib.core.schemas import searchable
from chalicelib.web import paging, responses, search_query
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint(
    "/clusters", "own.look", query=("scope", "limit", "cursor"), searched_by=FIELDS, gives=searchable(CLUSTER)
)
def listing(request: Request) -> Response:
    """Clusters, newest first; `?state=` active, terminated, failed or all (the default)."""
    search = search_query.search(request, FIELDS)
    page = clusters.listing(
        request.user, paging.limit(request), paging.cursor(request), paging.scope(request), search=search
    )
    return responses.as_json(page.as_search_json(cluster_record))


@routes.endpoint("/clusters/{cluster_id}", "cluster.view", gives=CLUSTER)
def get(request: Request, cluster_id: str) -> Response:
    """One cluster."""
    return responses.as_json(cluster_record(clusters.get(request.user, cluster_id)))


@routes.endpoint("/clusters/{cluster_id}/apps/{name}", apps.ACTION, status=302)
def app(request: Request, cluster_id: str, name: str) -> Response:
    """Redirect to one of the cluster's own pages, `spark-history` or `yarn`, by a link that EMR makes for this request."""
    address = apps.link(request.user, Channel.API, cluster_id, name, request.now)
    return responses.redirect(address, status=302)
