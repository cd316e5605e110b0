"""The units that calls of DynamoDB use, at most: every write passes for one of each index that has the item, as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from localaws.cloud import LocalCloud
from scripts.bench import units

NARROWING = (
    "ProjectionExpression",
    "FilterExpression",
    "Select",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
)
"""What makes an answer smaller than what is read for it and charged."""
Key = tuple[str, tuple[tuple[str, str], ...]]
"""The table and the item's key."""


class Tables:
    """Adds `reads` and `writes` to what is used."""

    def __init__(self, cloud: LocalCloud, used: dict[str, Decimal]) -> None:
        self._backend = dynamodb_backends[cloud.account][cloud.region]
        self._used = used

    def count(self, call: Callable[[Any], Any], operation: str, params: dict[str, Any]) -> Any:
        """Make the call and count it, also where it is refused, which is charged all the same."""
        before = {key: self._item(*key) for key in self._written(operation, params)}
        try:
            answer = call(params)
        finally:
            for key, old in before.items():
                self._count_write(key, old, 2 if operation.startswith("Transact") else 1)
        if operation in ("Query", "Scan"):
            self._count_read(sum(map(units.size, _whole(call, params)["Items"])), params)
        for table, key, options in _read(operation, params):
            self._count_read(units.size(self._item(table, _plain(key))), options)
        return answer

    def _count_read(self, size: int, options: dict[str, Any]) -> None:
        self._used["reads"] += units.reads(size, bool(options.get("ConsistentRead")))

    def _count_write(self, key: Key, old: dict[str, Any], times: int) -> None:
        new = self._item(*key)
        each = units.writes(max(units.size(old), units.size(new)))
        indexes = sum(attributes <= (old | new).keys() for attributes in self._indexes(key[0]))
        self._used["writes"] += each * (times + indexes)

    def _written(self, operation: str, params: dict[str, Any]) -> Iterator[Key]:
        if operation in ("PutItem", "UpdateItem", "DeleteItem"):
            yield self._key_of(params)
        for item in params.get("TransactItems", []) if operation == "TransactWriteItems" else []:
            yield from map(self._key_of, item.values())
        for table, requests in params.get("RequestItems", {}).items() if operation == "BatchWriteItem" else []:
            for request in requests:
                yield from (self._key_of({"TableName": table, **change}) for change in request.values())

    def _key_of(self, change: dict[str, Any]) -> Key:
        table = change["TableName"]
        names = self._backend.get_table(table).table_key_attrs
        item = change.get("Key") or change["Item"]
        return table, _plain({name: item[name] for name in names})

    def _item(self, table: str, key: tuple[tuple[str, str], ...]) -> dict[str, Any]:
        stored = self._backend.get_item(table, {name: {"S": value} for name, value in key})
        return dict(stored.to_json()["Attributes"]) if stored else {}

    @cache  # noqa: B019 -- lives as long as the measurement
    def _indexes(self, table: str) -> tuple[frozenset[str], ...]:
        """The attributes that an item must have to be in each index."""
        described = self._backend.describe_table(table).get("GlobalSecondaryIndexes") or []
        return tuple(frozenset(part["AttributeName"] for part in index["KeySchema"]) for index in described)


def _read(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Table, key and options of every item that is read by its key."""
    if operation == "GetItem":
        yield params["TableName"], params["Key"], params
    if operation == "BatchGetItem":
        for table, part in params["RequestItems"].items():
            yield from ((table, key, part) for key in part["Keys"])


def _plain(key: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """A key whose parts are texts, as all of ours are."""
    return tuple((name, value["S"]) for name, value in key.items())


def _whole(call: Callable[[Any], Any], params: dict[str, Any]) -> Any:
    """What is read for a query, whatever of it is answered."""
    names = params.get("ExpressionAttributeNames", {})
    conditions = params.get("KeyConditionExpression", "")
    used = {
        name: {word: value for word, value in params.get(name, {}).items() if word in conditions}
        for name in ("ExpressionAttributeNames", "ExpressionAttributeValues")
    }
    rest = {name: value for name, value in params.items() if name not in NARROWING}
    return call(rest | {name: some for name, some in used.items() if some}) if names or conditions else call(rest)
