"""Stacks as CloudFormation remembers them, and what a change set would do to one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from tests.support.cloudformation.resources import replaces


@dataclass
class StackRecord:
    """A stack: its plain template, the values of its parameters, and the physical names of its resources."""

    name: str
    status: str = "REVIEW_IN_PROGRESS"
    template: dict[str, Any] = field(default_factory=lambda: {"Resources": {}})
    parameters: dict[str, str] = field(default_factory=dict)
    resources: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    undeletable: list[str] = field(default_factory=list)


def invalid(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "CreateChangeSet")


def check_import(stack: StackRecord, template: Mapping[str, Any], imported: Mapping[str, Any]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html"""
    others = {name: made for name, made in template["Resources"].items() if name not in imported}
    if others != stack.template["Resources"]:
        raise invalid("As part of the import operation, you cannot modify or add resources that are not imported.")
    if template.get("Outputs") != stack.template.get("Outputs"):
        raise invalid("As part of the import operation, you cannot modify or add [Outputs]")
    for name in imported:
        if "DeletionPolicy" not in template["Resources"][name]:
            raise invalid(f"{name} has no DeletionPolicy, which resources to import must have.")


def changes_of(
    stack: StackRecord, template: Mapping[str, Any], imported: Mapping[str, Any], known: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    before, after = stack.template["Resources"], template["Resources"]
    for name in [*before, *(name for name in after if name not in before)]:
        kind = (after.get(name) or before[name])["Type"]
        change: dict[str, Any] = {"LogicalResourceId": name, "ResourceType": kind}
        if name in imported:
            yield {"ResourceChange": change | {"Action": "Import"}}
        elif name not in before:
            yield {"ResourceChange": change | {"Action": "Add"}}
        elif name not in after:
            policy = {"PolicyAction": "Retain"} if str(before[name].get("DeletionPolicy")).startswith("Retain") else {}
            yield {"ResourceChange": change | {"Action": "Remove", **policy}}
        elif before[name] != after[name]:
            because = replaces(before[name], after[name], known)
            details = [{"Target": {"Attribute": "Properties", "Name": each}} for each in because]
            yield {
                "ResourceChange": change | {"Action": "Modify", "Replacement": str(bool(because)), "Details": details}
            }
