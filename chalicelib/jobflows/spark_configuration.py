"""The Spark configuration that all clusters share: EMR's `maximizeResourceAllocation`, or the site's own file in S3.

The file is a list of classifications: https://docs.aws.amazon.com/emr/latest/ReleaseGuide/emr-configure-apps.html
"""

from __future__ import annotations

import json
from typing import Any

from chalicelib.aws import s3
from chalicelib.core.config import Settings
from chalicelib.jobflows.unbuildable import UnbuildableRequest

Classification = dict[str, Any]
DEFAULT: list[Classification] = [{"Classification": "spark", "Properties": {"maximizeResourceAllocation": "true"}}]
_FIELDS = frozenset({"Classification", "Properties", "Configurations"})


class UnusableConfiguration(UnbuildableRequest):
    """The site's file cannot be used."""


def shared_configuration(settings: Settings) -> list[Classification]:
    """The Configurations of every RunJobFlow request.

    Raises:
        UnusableConfiguration: the site has a file of its own, which is missing or malformed.
        Unavailable: S3 does not answer.
    """
    uri = settings.shared_config_uri
    if not uri:
        return DEFAULT
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content = s3.read(bucket, key)
    problem = "is missing" if content is None else malformed(content)
    if content is None or problem:
        raise UnusableConfiguration(
            f"The site's shared Spark configuration, {uri}, {problem}. Ask an admin to correct it, then try again."
        )
    return list(json.loads(content))


def malformed(content: bytes) -> str:
    """What keeps EMR from taking this file, as the rest of a sentence about it; "" when nothing does."""
    try:
        return _malformed_list(json.loads(content), "")
    except (ValueError, RecursionError):
        return "is not JSON"


def _malformed_list(classifications: Any, where: str) -> str:
    if not isinstance(classifications, list):
        return f"is not a list of classifications{where}"
    return next(filter(None, (_malformed_classification(one) for one in classifications)), "")


def _malformed_classification(one: Any) -> str:
    if not isinstance(one, dict) or not isinstance(one.get("Classification"), str):
        return "has an entry without a Classification"
    name, properties = one["Classification"], one.get("Properties", {})
    if unknown := sorted(set(one) - _FIELDS):
        return f"has an unknown field in {name}: {unknown[0]}"
    if not isinstance(properties, dict) or not all(isinstance(value, str) for value in properties.values()):
        return f"has a property of {name} whose value is not a text"
    return _malformed_list(one.get("Configurations", []), f" in {name}")
