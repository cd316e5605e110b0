"""PynamoDB's models and the template's tables say the same."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from pynamodb.models import Model

from tests.packaging.conftest import ROOT, Packaged

Shape = dict[str, Any]


def models() -> dict[str, type[Model]]:
    """Table name without its prefix -> model, of all that chalicelib declares."""
    for file in sorted((ROOT / "chalicelib").rglob("*.py")):
        if "TableName(" in file.read_text():
            importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
    declared = [model for model in subclasses(Model) if model.__module__.startswith("chalicelib.")]
    named = [(vars(model.Meta)["table_name"].name, model) for model in declared if "Meta" in vars(model)]
    assert len(dict(named)) == len(named), "two models for one table"
    return dict(named)


def subclasses(model: type[Model]) -> list[type[Model]]:
    children = model.__subclasses__()
    return children + [below for child in children for below in subclasses(child)]


def keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def types(definitions: list[dict[str, str]]) -> dict[str, str]:
    return {attribute["AttributeName"]: attribute["AttributeType"] for attribute in definitions}


def indexes(described: list[dict[str, Any]]) -> dict[str, Any]:
    return {index["IndexName"]: (keys(index["KeySchema"]), index["Projection"]) for index in described}


def of_model(model: type[Model]) -> Shape:
    schema: dict[str, Any] = {_camel(name): value for name, value in model._get_schema().items()}
    # By our convention a number called ttl is what DynamoDB deletes by.
    time_to_live = model.get_attributes().get("ttl")
    assert time_to_live is None or time_to_live.attr_type == "N"
    return {
        "keys": keys(_camels(schema["KeySchema"])),
        "types": types(_camels(schema["AttributeDefinitions"])),
        "indexes": indexes(_camels(schema["GlobalSecondaryIndexes"])),
        "local indexes": schema["LocalSecondaryIndexes"],
        "ttl": time_to_live.attr_name if time_to_live else None,
    }


def of_template(table: dict[str, Any]) -> Shape:
    return {
        "keys": keys(table["KeySchema"]),
        "types": types(table["AttributeDefinitions"]),
        "indexes": indexes(table.get("GlobalSecondaryIndexes", [])),
        "local indexes": table.get("LocalSecondaryIndexes", []),
        "ttl": table.get("TimeToLiveSpecification", {}).get("AttributeName"),
    }


def _camel(name: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in name.split("_"))


def _camels(described: list[Any]) -> list[Any]:
    """PynamoDB writes its schemas partly in snake case."""
    return [
        {_camel(name): _camels(value) if name == "key_schema" else value for name, value in item.items()}
        for item in described
    ]


def tables(packaged: Packaged) -> dict[str, dict[str, Any]]:
    prefix = "atmo-${Stage}-"
    tables = packaged.resources("AWS::DynamoDB::Table").values()
    return {table["TableName"]["Fn::Sub"].removeprefix(prefix): table for table in tables}


def test_there_is_a_table_for_each_model_and_a_model_for_each_table(packaged: Packaged) -> None:
    assert set(models()) == set(tables(packaged))


@pytest.mark.parametrize("name", sorted(models()))
def test_model_and_table_agree(packaged: Packaged, name: str) -> None:
    assert of_model(models()[name]) == of_template(tables(packaged)[name])


def test_tables_cost_nothing_idle_and_are_recoverable_and_encrypted(packaged: Packaged) -> None:
    for name, table in tables(packaged).items():
        assert table["BillingMode"] == "PAY_PER_REQUEST", name
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}, name
        # Encrypted in any case; a key of the account's would be charged by request.
        assert "SSESpecification" not in table, name
