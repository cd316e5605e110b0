"""Retained resources that outlived their stack, or an update back past them, are taken over instead of created.

Their names are fixed, so that creating them again would collide with what is there. CloudFormation takes over what a change set
of the type IMPORT names, and in it nothing else may change.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-manually.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deployment.expressions import known_part, value_of

Template = dict[str, Any]
IDENTIFIERS = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
"""The property that names a resource, for the types that we retain."""


@dataclass(frozen=True)
class Retained:
    """A resource of the template that outlives its stack: what it is called there and in the account."""

    logical_id: str
    type: str
    name: str

    def reference(self) -> dict[str, Any]:
        """How CreateChangeSet names what it is to take over."""
        identifier = {IDENTIFIERS[self.type]: self.name}
        return {"ResourceType": self.type, "LogicalResourceId": self.logical_id, "ResourceIdentifier": identifier}


def retained(template: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[Retained]:
    """What of a template stays when its stack goes, and has a fixed name."""
    for logical_id, resource in template["Resources"].items():
        name = IDENTIFIERS.get(resource["Type"], "")
        if name in resource.get("Properties", {}) and str(resource.get("DeletionPolicy", "")).startswith("Retain"):
            yield Retained(logical_id, resource["Type"], str(value_of(resource["Properties"][name], known)))


def existing(session: Any, resources: Collection[Retained]) -> list[Retained]:
    """Those of the resources that the account has."""
    looks = {"AWS::DynamoDB::Table": _has_table, "AWS::S3::Bucket": _has_bucket, "AWS::Logs::LogGroup": _has_log_group}
    return [resource for resource in resources if looks[resource.type](session, resource.name)]


def _has_table(session: Any, name: str) -> bool:
    try:
        session.client("dynamodb").describe_table(TableName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return False
    return True


def _has_bucket(session: Any, name: str) -> bool:
    try:
        session.client("s3").head_bucket(Bucket=name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        return False
    return True


def _has_log_group(session: Any, name: str) -> bool:
    groups = session.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(group["logGroupName"] == name for group in groups)


def with_imported(
    before: Mapping[str, Any] | None,
    template: Mapping[str, Any],
    resources: Collection[Retained],
    known: Mapping[str, str],
) -> Template:
    """The template of the change set that takes the resources over.

    It is the stack's own template and they. Properties whose values only CloudFormation knows are left out, as are SAM's
    resources, which no change set of this type may have; the deployment that follows sets them.

    Args:
        before: what CloudFormation made of the stack's template; None where there is no stack.
        template: the one to be deployed.
        known: values of its parameters and pseudo parameters.
    """
    base: Template = dict(before or {"AWSTemplateFormatVersion": "2010-09-09"})
    added = {
        resource.logical_id: {
            "Type": resource.type,
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": known_part(template["Resources"][resource.logical_id]["Properties"], known),
        }
        for resource in resources
    }
    return base | {"Resources": {**base.get("Resources", {}), **added}}
