"""A change set in words, so that a person can judge it before it is executed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

RED, PLAIN = "\033[31m", "\033[0m"
DATA = ("AWS::DynamoDB::Table", "AWS::S3::Bucket")
LEAVES = ("Retain", "ReplaceAndRetain")
VERBS = {"Add": "add", "Import": "take over", "Modify": "change", "Dynamic": "change (known only when it happens)"}


def is_replaced(change: Mapping[str, Any]) -> bool:
    """Whether a new resource takes, or may take, the place of what is there."""
    return change["Action"] == "Modify" and change.get("Replacement") in ("True", "Conditional")


def is_dangerous(change: Mapping[str, Any]) -> bool:
    """Whether something that is there is deleted or replaced, for sure or perhaps."""
    return change["Action"] == "Remove" or is_replaced(change)


def _properties(change: Mapping[str, Any]) -> str:
    targets = (detail.get("Target", {}) for detail in change.get("Details", []))
    names = {target.get("Name") or target.get("Attribute", "") for target in targets}
    return ", ".join(sorted(filter(None, names)))


def in_words(change: Mapping[str, Any]) -> str:
    """One change as one line; `change` is the ResourceChange of DescribeChangeSet.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
    """
    what = f"{change['LogicalResourceId']} ({change['ResourceType']})"
    because = f": {properties}" if (properties := _properties(change)) else ""
    left = change.get("PolicyAction") in LEAVES
    if change["Action"] == "Remove":
        return f"give up {what}: it stays, but belongs to the stack no longer" if left else f"delete {what}"
    if is_replaced(change):
        perhaps = "" if change["Replacement"] == "True" else "perhaps "
        return f"{perhaps}replace {what}{because}; the old one {'stays, unused' if left else 'is deleted'}"
    return f"{VERBS.get(change['Action'], change['Action'])} {what}{because}"


def described(changes: Iterable[Mapping[str, Any]], coloured: bool) -> Iterator[str]:
    """Every change as a line, what is deleted or replaced first, and in red where `coloured`."""
    for change in sorted(changes, key=lambda each: (not is_dangerous(each), each["LogicalResourceId"])):
        line = f"  {in_words(change)}"
        yield f"{RED}{line}{PLAIN}" if coloured and is_dangerous(change) else line


def data_at_risk(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    """The tables and buckets that an empty one would surely take the place of, by logical id."""
    return sorted(
        change["LogicalResourceId"]
        for change in changes
        if change["ResourceType"] in DATA and change["Action"] == "Modify" and change.get("Replacement") == "True"
    )
