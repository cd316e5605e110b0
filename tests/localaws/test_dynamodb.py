"""DynamoDB's transactions do all of it or nothing, and its conditions tell what is not there from what is null."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from localaws.cloud import LocalCloud

Params = dict[str, Any]
KEYS = {"id": "HASH", "part": "RANGE"}


@pytest.fixture(params=[("id",), ("id", "part")], ids=["hash key", "hash and range key"])
def table(cloud: LocalCloud, request: pytest.FixtureRequest) -> Iterator[tuple[str, tuple[str, ...]]]:
    """A table's name and its keys; it has the items a, b and c with the number 1."""
    name, keys, client = f"t-{uuid4().hex[:8]}", request.param, cloud.client("dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": KEYS[key]} for key in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        BillingMode="PAY_PER_REQUEST",
    )
    for letter in "abc":
        client.put_item(TableName=name, Item=key_of(keys, letter) | {"number": {"N": "1"}})
    yield name, keys
    client.delete_table(TableName=name)


def key_of(keys: tuple[str, ...], letter: str) -> Params:
    return {key: {"S": letter} for key in keys}


def numbers(cloud: LocalCloud, name: str) -> dict[str, str]:
    items = cloud.client("dynamodb").scan(TableName=name)["Items"]
    return {item["id"]["S"]: item["number"]["N"] for item in items}


def changes(name: str, keys: tuple[str, ...]) -> list[Params]:
    """Change a, delete b and put d, as a transaction."""
    add = {"UpdateExpression": "ADD #n :one", "ExpressionAttributeNames": {"#n": "number"}}
    add["ExpressionAttributeValues"] = {":one": {"N": "1"}}
    return [
        {"Update": {"TableName": name, "Key": key_of(keys, "a"), **add}},
        {"Delete": {"TableName": name, "Key": key_of(keys, "b")}},
        {"Put": {"TableName": name, "Item": key_of(keys, "d") | {"number": {"N": "1"}}}},
    ]


def test_a_transaction_does_all_of_it(cloud: LocalCloud, table: tuple[str, tuple[str, ...]]) -> None:
    cloud.client("dynamodb").transact_write_items(TransactItems=changes(*table))
    assert numbers(cloud, table[0]) == {"a": "2", "c": "1", "d": "1"}


def test_a_refused_transaction_does_nothing(cloud: LocalCloud, table: tuple[str, tuple[str, ...]]) -> None:
    name, keys = table
    refused = {"TableName": name, "Key": key_of(keys, "c"), "ConditionExpression": "attribute_not_exists(id)"}
    with pytest.raises(ClientError) as error:
        cloud.client("dynamodb").transact_write_items(TransactItems=[*changes(name, keys), {"ConditionCheck": refused}])
    reasons = [reason["Code"] for reason in error.value.response["CancellationReasons"]]
    assert reasons == ["None", "None", "None", "ConditionalCheckFailed"]
    assert numbers(cloud, name) == {"a": "1", "b": "1", "c": "1"}


def test_a_transaction_that_names_an_item_twice_does_nothing(
    cloud: LocalCloud, table: tuple[str, tuple[str, ...]]
) -> None:
    name, keys = table
    with pytest.raises(ClientError):
        cloud.client("dynamodb").transact_write_items(TransactItems=[*changes(name, keys), changes(name, keys)[0]])
    assert numbers(cloud, name) == {"a": "1", "b": "1", "c": "1"}


@pytest.mark.parametrize(
    ("condition", "met"),
    [
        ("gone = :null", False),
        ("gone <> :null", True),
        ("nought = :null", True),
        ("nought <> :null", False),
        ("#n = :null", False),
        ("#n <> :null", True),
    ],
)
def test_what_is_not_there_is_not_null(cloud: LocalCloud, condition: str, met: bool) -> None:
    client, name = cloud.client("dynamodb"), f"t-{uuid4().hex[:8]}"
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName=name, Item={"id": {"S": "a"}, "nought": {"NULL": True}, "number": {"N": "1"}})
    request: Params = {"TableName": name, "Key": {"id": {"S": "a"}}, "ConditionExpression": condition}
    request["ExpressionAttributeValues"] = {":null": {"NULL": True}}
    if "#n" in condition:
        request["ExpressionAttributeNames"] = {"#n": "number"}
    refused = pytest.raises(ClientError, match="ConditionalCheckFailedException")
    with nullcontext() if met else refused:
        client.delete_item(**request)
    client.delete_table(TableName=name)
