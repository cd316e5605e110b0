"""What the RunJobFlow requests of clusters and runs have in common:
https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html"""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.core.config import Settings
from chalicelib.jobflows import instances, supported_releases
from chalicelib.jobflows.local_pages import with_ours
from chalicelib.jobflows.spark_configuration import shared_configuration
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.settings import SiteSettings

MANAGED = {"for-use-with-amazon-emr-managed-policies": "true"}
"""Without this tag EMR's service policy refuses the launch:
https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-managed-iam-policies.html"""


MAX_TAG_VALUE = 256


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
    `site` is what admins have decided, unless given.

    Raises:
        UnsupportedRelease: clusters cannot start on this release.
        UnusableConfiguration: the site's shared Spark configuration is missing or malformed.
    """
    supported_releases.check(release)
    all_tags = {"Name": name, "Environment": settings.stage, "Application": "atmo", "App": "atmo", **MANAGED} | tags
    return {
        "Name": name,
        "ReleaseLabel": f"emr-{release}",
        "LogUri": f"s3://{settings.logs_bucket}/{log_folder}/",
        "Applications": [{"Name": "Hadoop"}, {"Name": "Spark"}, {"Name": "Hive"}, {"Name": "Zeppelin"}],
        "Configurations": with_ours(shared_configuration(settings)),
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
        "Tags": [{"Key": key, "Value": tag_text(value)} for key, value in all_tags.items()],
        "SecurityConfiguration": settings.emr_security_configuration,
        "JobFlowRole": settings.emr_instance_profile,
        "ServiceRole": settings.emr_service_role,
        "VisibleToAllUsers": True,
    }


def tag_text(value: str) -> str:
    """The value as EMR takes one: what it does not allow, such as the apostrophe of o'brien@example.com, becomes a hyphen.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
    """
    fit = "".join(sign if sign.isalnum() or sign.isspace() or sign in "_.:/=+-@" else "-" for sign in value)
    return fit[:MAX_TAG_VALUE]
