"""What CloudFormation and the services behind it refuse, resource by resource."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deployment.expressions import Unknown, known_part, value_of

NAMES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::CloudWatch::Alarm": "AlarmName",
}
IMMUTABLE = {
    "AWS::DynamoDB::Table": ("KeySchema", "TableName"),
    "AWS::S3::Bucket": ("BucketName",),
    "AWS::SQS::Queue": ("QueueName",),
}
"""Properties whose change replaces the resource, by the "Update requires" of each type's reference page."""


class Failed(Exception):
    """A resource could not be made, changed or deleted; the message is the event's reason."""


def fixed_name(resource: Mapping[str, Any], known: Mapping[str, str]) -> str:
    """The name that the template gives, or "" where CloudFormation makes one up."""
    try:
        return str(value_of(resource.get("Properties", {}).get(NAMES.get(resource["Type"], ""), ""), known))
    except Unknown:
        return ""


def replaces(old: Mapping[str, Any], new: Mapping[str, Any], known: Mapping[str, str]) -> list[str]:
    """The properties because of which a new resource takes the old one's place; what counts is their values."""
    one, other = (known_part(resource.get("Properties", {}), known) for resource in (old, new))
    return [name for name in IMMUTABLE.get(new["Type"], ()) if one.get(name) != other.get(name)]


def check_made(resource: Mapping[str, Any], name: str, exists: bool) -> None:
    """Raises Failed where the account has one of this name, or its definition is one that the service refuses."""
    if exists:
        what = f"Resource of type '{resource['Type']}' with identifier '{name}'"
        raise Failed(f'Resource handler returned message: "{what} already exists."')
    if resource["Type"] == "AWS::DynamoDB::Table":
        check_attributes(resource["Properties"])


def check_attributes(table: Mapping[str, Any]) -> None:
    """DynamoDB wants every attribute of a key declared, and no other."""
    schemas = [table["KeySchema"], *(index["KeySchema"] for index in table.get("GlobalSecondaryIndexes", []))]
    used = {key["AttributeName"] for schema in schemas for key in schema}
    declared = {each["AttributeName"] for each in table["AttributeDefinitions"]}
    if used != declared:
        raise Failed(
            "Number of attributes in KeySchema does not exactly match number of attributes in AttributeDefinitions"
        )


def check_changed(old: Mapping[str, Any], new: Mapping[str, Any], replaced: bool, name: str) -> None:
    """Raises Failed where the service cannot go from one to the other in one update.

    Args:
        replaced: whether a new resource of the same name would take its place.
    """
    if replaced:
        reason = "CloudFormation cannot update a stack when a custom-named resource requires replacing."
        raise Failed(f"{reason} Rename {name} and update the stack again.")
    if new["Type"] == "AWS::DynamoDB::Table":
        check_attributes(new["Properties"])
        if indexes_changed(old["Properties"], new["Properties"]) > 1:
            raise Failed("Cannot perform more than one GSI creation or deletion in a single update")


def indexes_changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    """How many indexes are made or deleted; one that changes is both."""
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes", [])}
    after = {index["IndexName"]: index for index in new.get("GlobalSecondaryIndexes", [])}
    changed = [name for name in before.keys() & after.keys() if before[name] != after[name]]
    return len(before.keys() ^ after.keys()) + 2 * len(changed)
