"""The RunJobFlow request of a person's cluster, which waits for work until it expires."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from chalicelib.clusters import activity
from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.core.config import Settings
from chalicelib.jobflows.request import correlated, jobflow_request
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.settings import SiteSettings

IDLE_SECONDS = 8 * 60 * 60
"""EMR itself ends a cluster that was idle for eight hours, even if everything of ours is down. It is twice as long as a cluster
may be idle by its own setting, so that whoever keeps theirs keeps it from EMR, too. The agent on the master tells EMR of use that
EMR does not see, and kernels that hold Spark are shut down after six idle hours: so it is neither early nor never."""


def cluster_request(cluster: Cluster, settings: Settings, site: SiteSettings | None = None) -> dict[str, Any]:
    """What EMR is asked for when somebody launches a cluster. `site` is what admins have decided, unless given."""
    site = site or site_settings.current(clock.now())
    key = b64encode(cluster.public_key.encode()).decode()
    request = jobflow_request(
        settings,
        site=site,
        name=cluster.name,
        release=cluster.emr_release,
        size=int(cluster.size),
        log_folder="clusters",
        tags={"Owner": cluster.owner_email, "Type": "cluster", "Record": cluster.id, **correlated(cluster)},
        bootstrap_args=[
            *("--ssh-key-base64", key, "--jupyter"),
            *("--activity", f"s3://{settings.logs_bucket}/{activity.folder(settings.cluster_machine_arn)}"),
            *_home(cluster.owner, site),
        ],
    )
    request["Instances"]["KeepJobFlowAliveWhenNoSteps"] = True
    request["AutoTerminationPolicy"] = {"IdleTimeout": IDLE_SECONDS}
    return request


def _home(owner: str, site: SiteSettings) -> list[str]:
    return ["--efs", site.efs, "--efs-home", owner] if site.efs else []
