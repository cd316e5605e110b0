"""EMR's links to the pages of clusters' applications, which lead to pages of the embedded cloud (localaws/console/apps.py).

https://docs.aws.amazon.com/emr/latest/APIReference/API_GetOnClusterAppUIPresignedURL.html and the pages of the persistent ones.
EMR does not publish with which words it refuses; these are ours. A link works once, and for an hour, as
https://github.com/kubeflow/mcp-apache-spark-history-server/pull/43 found.
"""

from __future__ import annotations

import os
import secrets
from datetime import timedelta

from localaws.emr.clusters import Clusters
from localaws.emr.errors import EmrError
from localaws.emr.links import Link
from localaws.emr.protocol import Params

PATH = "/_local/apps/"
LIFETIME = timedelta(hours=1)
_PREFIX = "p-"


def on_cluster_link(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["ClusterId"])
    if cluster.state not in ("RUNNING", "WAITING"):
        raise EmrError("InvalidRequestException", f"Cluster {cluster.id} is not running.")
    return _link(clusters, cluster.id, params.get("OnClusterAppUIType", "SparkHistoryServer"))


def create_persistent(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["TargetResourceArn"].rpartition("/")[2])
    return {"PersistentAppUIId": f"{_PREFIX}{cluster.id}", "RuntimeRoleEnabledCluster": False}


def describe_persistent(clusters: Clusters, params: Params) -> Params:
    name = params["PersistentAppUIId"]
    return {"PersistentAppUI": {"PersistentAppUIId": name, "PersistentAppUIStatus": "ATTACHED"}}


def persistent_link(clusters: Clusters, params: Params) -> Params:
    cluster = clusters.find(params["PersistentAppUIId"].removeprefix(_PREFIX))
    return _link(clusters, cluster.id, params.get("PersistentAppUIType", "SHS"))


def _link(clusters: Clusters, cluster: str, app: str) -> Params:
    token = secrets.token_urlsafe(16)
    clusters.links[token] = Link(cluster, app, clusters.runtime.clock.now() + LIFETIME)
    address = f"{os.environ.get('AWS_ENDPOINT_URL', '')}{PATH}{cluster}/{app}?authToken={token}"
    return {"PresignedURLReady": True, "PresignedURL": address}
