"""What RunJobFlow refuses at once, beyond its service model."""

from __future__ import annotations

import re
from typing import Any

from localaws.emr import fleets
from localaws.emr.errors import invalid
from localaws.emr.limits import check_counts, check_tags

Params = dict[str, Any]

_BAD_NAME = re.compile(r"[<>$|`]")
_RELEASE = re.compile(r"emr-[4-9]\.\d+\.\d+")


def validate_launch(request: Params) -> None:
    """Raises EmrError for what RunJobFlow refuses at once; botocore's model has been checked already."""
    if _BAD_NAME.search(request["Name"]):
        raise invalid("Cluster name may not contain any of the characters <, >, $, |, `.")
    if not _RELEASE.fullmatch(release := request.get("ReleaseLabel", "")):
        raise invalid(f"The supplied release label is invalid: {release}.")
    if not request.get("ServiceRole"):
        raise invalid("ServiceRole is required for creating cluster.")
    if not request.get("JobFlowRole"):
        raise invalid("InstanceProfile is required for creating cluster.")
    check_tags(request.get("Tags", []))
    check_counts(request)
    instances = request["Instances"]
    if refusal := fleets.refusal(instances):
        raise invalid(refusal)
    idle = request.get("AutoTerminationPolicy", {}).get("IdleTimeout")
    if idle is not None and not 60 <= idle <= 604800:
        raise invalid("IdleTimeout must be between 60 and 604800 seconds.")
