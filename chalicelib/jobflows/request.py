"""What the RunJobFlow requests of clusters and runs have in common:
https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html"""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock
from chalicelib.core.config import Settings
from chalicelib.jobflows import instances, supported_releases
from chalicelib.jobflows.local_pages import with_ours
from chalicelib.jobflows.models import JobflowRecord
from chalicelib.jobflows.spark_configuration import shared_configuration
from chalicelib.site_settings import service as site_settings
from chalicelib.site_settings.settings import SiteSettings
from chalicelib.site_settings.tags import MAX_VALUE, fits

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
    `site` is what admins have decided, unless given.

    Raises:
        UnsupportedRelease: clusters cannot start on this release.
        UnusableConfiguration: the site's shared Spark configuration is missing or malformed.
    """
    supported_releases.check(release)
    site = site or site_settings.current(clock.now())
    own = {"Name": name, "Environment": settings.stage, "Application": "atmo", "App": "atmo", **MANAGED}
    all_tags = site.cost_tags | own | tags
    return {
        "Name": name,
        "ReleaseLabel": f"emr-{release}",
        "LogUri": f"s3://{settings.logs_bucket}/{log_folder}/",
        "Applications": [{"Name": "Hadoop"}, {"Name": "Spark"}, {"Name": "Hive"}, {"Name": "Zeppelin"}],
        "Configurations": with_ours(shared_configuration(settings)),
        "Instances": instances.instances(size, settings, site),
        "BootstrapActions": [
            _bootstrap_action("atmo", f"{settings.scripts_uri}/bootstrap.sh", [settings.scripts_uri, *bootstrap_args]),
            *_of_the_site(settings, site),
        ],
        "Tags": [{"Key": key, "Value": tag_text(value)} for key, value in all_tags.items()],
        "SecurityConfiguration": settings.emr_security_configuration,
        "JobFlowRole": settings.emr_instance_profile,
        "ServiceRole": settings.emr_service_role,
        "VisibleToAllUsers": True,
    }


def _of_the_site(settings: Settings, site: SiteSettings) -> list[dict[str, Any]]:
    """The site's own scripts. Ours fetches each, and executes it only where it is the file that the site has named."""
    path = f"{settings.scripts_uri}/site_script.sh"
    return [
        _bootstrap_action(f"site-{number}", path, script.split(" ")) for number, script in enumerate(site.scripts, 1)
    ]


def _bootstrap_action(name: str, path: str, arguments: list[str]) -> dict[str, Any]:
    return {"Name": name, "ScriptBootstrapAction": {"Path": path, "Args": arguments}}


def correlated(record: JobflowRecord) -> dict[str, str]:
    """The tag by which a jobflow is found by what it has in common with the click that it came of."""
    return {"Correlation": record.correlation} if record.correlation else {}


def tag_text(value: str) -> str:
    """The value as EMR takes one: what it does not allow, such as the apostrophe of o'brien@example.com, becomes a hyphen.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html
    """
    return "".join(sign if fits(sign) else "-" for sign in value)[:MAX_VALUE]
