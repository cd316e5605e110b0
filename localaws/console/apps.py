"""What the embedded cloud shows where EMR's links lead to Spark's and YARN's own pages: the cluster's steps."""

from __future__ import annotations

from datetime import datetime

from markupsafe import escape
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from localaws.console.html import page, table
from localaws.emr import Emr

TITLES = {
    "SparkHistoryServer": "Spark History Server",
    "ResourceManager": "YARN ResourceManager",
    "SHS": "Spark History Server, kept by EMR",
    "YTS": "YARN Timeline Server, kept by EMR",
}


def app_page(emr: Emr, cluster_id: str, app: str, token: str, now: datetime) -> Response:
    """The page that a link leads to. A link works once.

    Raises:
        NotFound: it was used, is too old, or never was one.
    """
    link = emr.links.pop(token, None)
    if not link or (link.cluster, link.app) != (cluster_id, app) or now > link.until:
        raise NotFound("This link was used already, or is too old.")
    steps = [[step.id, str(escape(step.config["Name"])), step.state] for step in emr.clusters[cluster_id].steps]
    return page(
        f"{TITLES.get(app, app)} of {cluster_id}",
        "<p>EMR shows the application's own page here.</p>"
        + table(["Step", "Name", "State"], steps, "It has no steps."),
    )
