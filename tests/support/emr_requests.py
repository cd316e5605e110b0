"""RunJobFlow requests as ours are made, and the settings that they are made with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from chalicelib.clusters.models import Cluster
from chalicelib.clusters.request import cluster_request
from chalicelib.core.config import Settings
from chalicelib.runs.models import Run
from chalicelib.runs.request import run_request
from chalicelib.site_settings.settings import SiteSettings

SETTINGS = Settings(
    stage="test", table_prefix="atmo-test-", notebooks_bucket="notebooks", results_bucket="results", logs_bucket="logs",
    export_bucket="",
    scripts_uri="s3://scripts/emr/abc", cluster_machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:c",
    run_machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:r",
    portal_url="", mail_from="a@b",
    link_key_id="l", result_retention_days=90, private_webhooks=False, arrival_buckets=(), oidc_issuer="https://i",
    oidc_client_id="c",
    oidc_secret_id="s", oidc_scopes="openid", oidc_group_claims=(), oidc_trust_email=False, home_domain="", allowed_groups=(),
    first_admin="",
    run_data_role_arn="arn:aws:iam::123456789012:role/run-data",
    emr_service_role="service", emr_instance_profile="profile", emr_subnet_ids=("subnet-0aa",),
    emr_master_group="sg-0aa", emr_worker_group="sg-0bb", emr_service_group="", emr_security_configuration="security",
    session_manager=True, ssh_from="", master_instance_type="m5.2xlarge",
    worker_instance_type="m5.xlarge", shared_config_uri="", commit="", token_sign_in_days=30,
)  # fmt: skip
TYPES = ["m5.xlarge", "m5a.xlarge", "m6i.xlarge", "m6a.xlarge", "m5d.xlarge", "m5n.xlarge"]
SPOT = SiteSettings(spot=True, spot_price=70, spot_timeout=15, worker_types=TYPES)
EFS = "fs-0123456789abcdef0"


def of_person(size: int, settings: Settings = SETTINGS, site: SiteSettings = SPOT) -> dict[str, Any]:
    cluster = Cluster(
        "c-1", name="atmo-test-cluster-ada-keen", owner="ada@example.org", owner_email="ada@example.org", size=size,
        emr_release="7.10.0", public_key="ssh-ed25519 AAAA ada's laptop", correlation="click-1",
    )  # fmt: skip
    return cluster_request(cluster, settings, site)


def of_job(size: int, settings: Settings = SETTINGS, site: SiteSettings = SPOT) -> dict[str, Any]:
    run = Run(
        "r-1", name="atmo-test-job-ada-flights-r-1", owner_email="ada@example.org", size=size, emr_release="7.10.0",
        notebook_key="jobs/j-1/flights.ipynb", notebook_version="v1", job_id="j-1", timeout=2, parameters={"day": "it's €"},
        correlation="click-1",
    )  # fmt: skip
    return run_request(run, datetime(2026, 11, 22, 6, tzinfo=UTC), settings, "token", site)


def fleets(request: dict[str, Any]) -> dict[str, Any]:
    return {fleet["InstanceFleetType"]: fleet for fleet in request["Instances"]["InstanceFleets"]}
