"""One global secondary index of a table a time, which is all that DynamoDB changes in one update.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html: "you can only create or
delete one global secondary index at a time"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

Template = dict[str, Any]
Index = Mapping[str, Any]


def _by_name(table: Mapping[str, Any]) -> dict[str, Index]:
    return {index["IndexName"]: index for index in table.get("GlobalSecondaryIndexes", [])}


def _same(one: Index, other: Index) -> bool:
    return bool(one["KeySchema"] == other["KeySchema"] and one["Projection"] == other["Projection"])


def stages(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[list[Index]]:
    """The indexes that a table has after each update but the last, on its way from one list to the other.

    Args:
        before, after: the table's properties. An index that changes is deleted, then made.
    """
    indexes, goal = _by_name(before), _by_name(after)
    steps: list[list[Index]] = []
    for name in [name for name in indexes if name not in goal or not _same(indexes[name], goal[name])]:
        del indexes[name]
        steps.append(list(indexes.values()))
    for name in [name for name in goal if name not in indexes]:
        indexes[name] = goal[name]
        steps.append(list(indexes.values()))
    yield from steps[:-1]


def with_indexes(table: Mapping[str, Any], indexes: list[Index]) -> dict[str, Any]:
    """A table's properties with these indexes, and only the attributes that its keys need, as DynamoDB demands."""
    schemas = [table["KeySchema"], *(index["KeySchema"] for index in indexes)]
    keys = {key["AttributeName"] for schema in schemas for key in schema}
    attributes = [each for each in table["AttributeDefinitions"] if each["AttributeName"] in keys]
    changed = {**table, "AttributeDefinitions": attributes, "GlobalSecondaryIndexes": list(indexes)}
    return {name: value for name, value in changed.items() if value or name != "GlobalSecondaryIndexes"}


def updates(before: Mapping[str, Any], template: Template) -> Iterator[Template]:
    """The templates to deploy one after the other; the last is the one that is wanted.

    Args:
        before: what CloudFormation made of the stack's template.
    """
    tables = {name: made for name, made in template["Resources"].items() if made["Type"] == "AWS::DynamoDB::Table"}
    waiting = {
        name: list(stages(before["Resources"][name]["Properties"], table["Properties"]))
        for name, table in tables.items()
        if name in before["Resources"]
    }
    for number in range(max(map(len, waiting.values()), default=0)):
        partial = deepcopy(template)
        for name, steps in waiting.items():
            if number < len(steps):
                resource = partial["Resources"][name]
                resource["Properties"] = _partly(
                    before["Resources"][name]["Properties"], resource["Properties"], steps[number]
                )
        yield partial
    yield template


def _partly(before: Mapping[str, Any], after: Mapping[str, Any], indexes: list[Index]) -> dict[str, Any]:
    """The new table with these indexes; an index on its way out may need an attribute that only the old table declares."""
    new = {each["AttributeName"] for each in after["AttributeDefinitions"]}
    old = [each for each in before["AttributeDefinitions"] if each["AttributeName"] not in new]
    return with_indexes({**after, "AttributeDefinitions": [*after["AttributeDefinitions"], *old]}, indexes)
