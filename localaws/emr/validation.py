"""What RunJobFlow refuses at once, beyond its service model."""

from __future__ import annotations

import re
from typing import Any

from localaws.emr import catalogue, fleets, placement
from localaws.emr.errors import invalid
from localaws.emr.limits import check_counts, check_tags

Params = dict[str, Any]

_BAD_NAME = re.compile(r"[<>$|`]")


def validate_launch(request: Params) -> None:
    """Raises EmrError for what RunJobFlow refuses at once; botocore's model has been checked already."""
    if _BAD_NAME.search(request["Name"]):
        raise invalid("Cluster name may not contain any of the characters <, >, $, |, `.")
    _validate_software(request)
    for role, what in (("ServiceRole", "ServiceRole"), ("JobFlowRole", "InstanceProfile")):
        if not request.get(role):
            raise invalid(f"{what} is required for creating cluster.")
    check_tags(request.get("Tags", []))
    check_counts(request)
    instances = request["Instances"]
    if refusal := fleets.refusal(instances):
        raise invalid(refusal)
    types = [name for each in placement.types_of_each(instances) for name in each]
    if unknown := catalogue.unknown_instance_type(types):
        raise invalid(f"Instance type '{unknown}' is not supported.")
    idle = request.get("AutoTerminationPolicy", {}).get("IdleTimeout")
    if idle is not None and not 60 <= idle <= 604800:
        raise invalid("IdleTimeout must be between 60 and 604800 seconds.")


def _validate_software(request: Params) -> None:
    if not catalogue.has_release(release := request.get("ReleaseLabel", "")):
        raise invalid(f"The supplied release label is invalid: {release}.")
    if unknown := catalogue.unknown_application(release, [one["Name"] for one in request.get("Applications", [])]):
        raise invalid(f"Specified application: {unknown} is not valid for release label {release}.")
