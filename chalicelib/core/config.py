"""Settings of one deployment, read from the environment once.

The template's `Globals` set every variable named here; a missing one is named in the error.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

PRODUCTION = ("prod", "production")
"""Stages that need not say which one they are."""


class MissingSetting(RuntimeError):
    """A variable that the deployment must set is not in the environment."""


@dataclass(frozen=True)
class Settings:
    """What differs from one deployment to the next. Empty strings mean "not configured"."""

    stage: str
    table_prefix: str
    notebooks_bucket: str
    results_bucket: str
    logs_bucket: str
    export_bucket: str
    result_retention_days: int
    scripts_uri: str
    cluster_machine_arn: str
    run_machine_arn: str
    portal_url: str
    mail_from: str
    link_key_id: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_secret_id: str
    oidc_scopes: str
    oidc_group_claims: tuple[str, ...]
    oidc_trust_email: bool
    token_sign_in_days: int
    first_admin: str
    home_domain: str
    allowed_groups: tuple[str, ...]
    run_data_role_arn: str
    emr_service_role: str
    emr_instance_profile: str
    emr_subnet_ids: tuple[str, ...]
    emr_master_group: str
    emr_worker_group: str
    emr_service_group: str
    emr_security_configuration: str
    session_manager: bool
    ssh_from: str
    master_instance_type: str
    worker_instance_type: str
    shared_config_uri: str
    private_webhooks: bool
    arrival_buckets: tuple[str, ...]
    commit: str

    @property
    def trial_stage(self) -> str:
        """The stage, where pages and mails must say which one it is: "" in production."""
        return "" if self.stage in PRODUCTION else self.stage

    @property
    def name_prefix(self) -> str:
        """What the name of every EMR cluster of this deployment begins with."""
        return f"atmo-{self.stage}-"

    @property
    def own_buckets(self) -> frozenset[str]:
        """The buckets that atmo itself writes to."""
        scripts = self.scripts_uri.removeprefix("s3://").partition("/")[0]
        return frozenset(
            {self.notebooks_bucket, self.results_bucket, self.logs_bucket, self.export_bucket, scripts}
        ) - {""}

    @property
    def private_subnets(self) -> bool:
        """Whether nobody outside the VPC reaches the clusters' addresses; EMR then needs a group of its own to reach them."""
        return bool(self.emr_service_group)

    @property
    def https(self) -> bool:
        return self.portal_url.startswith("https://")


def _required(name: str) -> str:
    value = os.environ.get(name, "")
    if not value:
        raise MissingSetting(f"The environment variable {name} is not set; the deployment's template sets it.")
    return value


def _optional(name: str, default: str = "") -> str:
    return os.environ.get(name) or default


def _listed(value: str) -> tuple[str, ...]:
    return tuple(item for part in value.split(",") if (item := part.strip()))


@cache
def settings() -> Settings:
    """The settings of this deployment.

    Raises:
        MissingSetting: naming the variable that is not set.
    """
    return Settings(
        stage=_required("STAGE"),
        table_prefix=_required("TABLE_PREFIX"),
        notebooks_bucket=_required("NOTEBOOKS_BUCKET"),
        results_bucket=_required("RESULTS_BUCKET"),
        logs_bucket=_required("LOGS_BUCKET"),
        export_bucket=_optional("EXPORT_BUCKET"),
        result_retention_days=int(_required("RESULT_RETENTION_DAYS")),
        scripts_uri=_required("SCRIPTS_URI"),
        cluster_machine_arn=_required("CLUSTER_MACHINE_ARN"),
        run_machine_arn=_required("RUN_MACHINE_ARN"),
        portal_url=_optional("PORTAL_URL").rstrip("/"),
        mail_from=_required("MAIL_FROM"),
        link_key_id=_required("LINK_KEY_ID"),
        oidc_issuer=_required("OIDC_ISSUER").rstrip("/"),
        oidc_client_id=_required("OIDC_CLIENT_ID"),
        oidc_secret_id=_required("OIDC_SECRET_ID"),
        oidc_scopes=_optional("OIDC_SCOPES", "openid email profile"),
        oidc_group_claims=_listed(_optional("OIDC_GROUP_CLAIMS")),
        oidc_trust_email=_optional("OIDC_TRUST_EMAIL") == "true",
        token_sign_in_days=int(_required("TOKEN_SIGN_IN_DAYS")),
        first_admin=_optional("FIRST_ADMIN").strip().lower(),
        home_domain=_optional("HOME_DOMAIN"),
        allowed_groups=_listed(_optional("ALLOWED_GROUPS")),
        run_data_role_arn=_required("RUN_DATA_ROLE_ARN"),
        emr_service_role=_required("EMR_SERVICE_ROLE"),
        emr_instance_profile=_required("EMR_INSTANCE_PROFILE"),
        emr_subnet_ids=_listed(_required("EMR_SUBNET_ID")),
        emr_master_group=_required("EMR_MASTER_GROUP"),
        emr_worker_group=_required("EMR_WORKER_GROUP"),
        emr_service_group=_optional("EMR_SERVICE_GROUP"),
        emr_security_configuration=_required("EMR_SECURITY_CONFIGURATION"),
        session_manager=_optional("SESSION_MANAGER") == "yes",
        ssh_from=_optional("SSH_FROM"),
        master_instance_type=_optional("MASTER_INSTANCE_TYPE", "m5.xlarge"),
        worker_instance_type=_optional("WORKER_INSTANCE_TYPE", "m5.xlarge"),
        shared_config_uri=_optional("SHARED_CONFIG_URI"),
        private_webhooks=_optional("PRIVATE_WEBHOOKS") == "yes",
        arrival_buckets=_listed(_optional("ARRIVAL_BUCKETS")),
        commit=_optional("COMMIT"),
    )
