"""What a cluster's applications must be told so that their pages, which know no sign-in, answer on the master alone."""

from __future__ import annotations

from typing import Any

Classification = dict[str, Any]

LOCAL_PAGES: dict[str, dict[str, str]] = {"zeppelin-site": {"zeppelin.server.addr": "127.0.0.1"}}
"""By classification: https://zeppelin.apache.org/docs/latest/setup/operation/configuration.html. JupyterLab is started by
emr/bootstrap.sh, on 127.0.0.1 as well. YARN's and Spark's pages are for the cluster's other nodes, too: security groups keep
everybody else from them."""


def with_ours(configuration: list[Classification]) -> list[Classification]:
    """The Configurations of a request with what must hold whatever the site's own file says."""
    named = {one["Classification"] for one in configuration}
    merged = [_merged(one) for one in configuration]
    return merged + [
        {"Classification": name, "Properties": dict(properties)}
        for name, properties in LOCAL_PAGES.items()
        if name not in named
    ]


def _merged(one: Classification) -> Classification:
    ours = LOCAL_PAGES.get(one["Classification"])
    return one | {"Properties": one.get("Properties", {}) | ours} if ours else one
