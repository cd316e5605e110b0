"""What the RunJobFlow requests of clusters and runs have in common:
https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.aws import s3
from chalicelib.core import clock
from chalicelib.core.config import Settings
from chalicelib.jobflows import instances
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.settings import SiteSettings

MANAGED = {"for-use-with-amazon-emr-managed-policies": "true"}
"""Without this tag EMR's service policy refuses the launch:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html"""


def jobflow_request(
    settings: Settings,
    *,
    name: str,
    release: str,
    size: int,
    log_folder: str,
    tags: dict[str, str],
    bootstrap_args: list[str],
    site: SiteSettings | None = None,
) -> dict[str, Any]:
    """What the clusters of people and of jobs have in common. `size` counts workers; one means the master works alone.
    `site` is what admins have decided, unless given."""
    all_tags = {"Name": name, "Environment": settings.stage, "Application": "atmo", "App": "atmo", **MANAGED} | tags
    return {
        "Name": name,
        "ReleaseLabel": f"emr-{release}",
        "LogUri": f"s3://{settings.logs_bucket}/{log_folder}/",
        "Applications": [{"Name": "Hadoop"}, {"Name": "Spark"}, {"Name": "Hive"}, {"Name": "Zeppelin"}],
        "Configurations": _configurations(settings),
        "Instances": instances.instances(size, settings, site or site_settings.current(clock.now())),
        "BootstrapActions": [
            {
                "Name": "atmo",
                "ScriptBootstrapAction": {
                    "Path": f"{settings.scripts_uri}/bootstrap.sh",
                    "Args": [settings.scripts_uri, *bootstrap_args],
                },
            }
        ],
        "Tags": [{"Key": key, "Value": value} for key, value in all_tags.items()],
        "JobFlowRole": settings.emr_instance_profile,
        "ServiceRole": settings.emr_service_role,
        "VisibleToAllUsers": True,
    }


def _configurations(settings: Settings) -> list[dict[str, Any]]:
    """The Spark configuration that all clusters share: EMR's `maximizeResourceAllocation`, or the site's own file in S3."""
    if settings.shared_config_uri:
        bucket, _, key = settings.shared_config_uri.removeprefix("s3://").partition("/")
        found = s3.read(bucket, key)
        if found:
            return list(json.loads(found))
    return [{"Classification": "spark", "Properties": {"maximizeResourceAllocation": "true"}}]
