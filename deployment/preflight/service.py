"""All checks, one after the other; one that AWS does not let us make is no reason to stop."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from botocore.exceptions import BotoCoreError, ClientError

from deployment.place import Place
from deployment.preflight.billing import check_cost_tags
from deployment.preflight.clusters import (
    check_instance_types,
    check_network,
    check_processors,
    check_releases,
    check_spot_role,
)
from deployment.preflight.functions import check_functions
from deployment.preflight.mail import check_mail
from deployment.preflight.missing import Check, Missing
from deployment.preflight.sign_in import check_issuer, check_secret
from deployment.preflight.spark import check_spark_configuration

CHECKS: dict[str, Check] = {
    "mail": check_mail,
    "client secret": check_secret,
    "OpenID provider": check_issuer,
    "network": check_network,
    "spot": check_spot_role,
    "instance types": check_instance_types,
    "quota of vCPUs": check_processors,
    "quota of executions": check_functions,
    "EMR releases": check_releases,
    "Spark configuration": check_spark_configuration,
    "cost-allocation tags": check_cost_tags,
}


def missing(place: Place, values: Mapping[str, str]) -> Iterator[tuple[str, list[Missing]]]:
    """What each check finds missing; a check that AWS refuses says so itself."""
    for name, check in CHECKS.items():
        try:
            yield name, list(check(place, values))
        except (ClientError, BotoCoreError) as error:
            yield name, [Missing(f"Could not be looked at: {error}", blocks=False)]
