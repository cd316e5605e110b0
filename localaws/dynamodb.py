"""DynamoDB: moto's way to write its answers and to undo transactions, made several times faster; and what is not there."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from copy import deepcopy
from functools import partial
from typing import Any

from moto.core.serialize import ResponseSerializer
from moto.dynamodb import models
from moto.dynamodb.comparisons import AttributePath, OpEqual, OpNotEqual
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler
from moto.moto_server.werkzeug_app import BackendRequest
from werkzeug import Response

from localaws.patching import replace, variant

_one_at_a_time = threading.RLock()
"""A transaction is carried out by the other operations, too."""
Items = dict[DynamoType, Any]
_INDEX_NAME = 6
"""The place of the index among the arguments of moto's `Table.query` after the hash key."""
_SIMPLE = frozenset({"S", "N", "BOOL", "NULL", "SS", "NS"})


def install() -> None:
    """Replace what takes moto long, and what it takes for equal."""
    _write_plain_values_plainly()
    _compare_plain_values_plainly()
    _look_through_no_more_than_needed()
    _undo_only_what_was_touched()
    _carry_out_one_after_another()
    _tell_nothing_from_null()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """moto's answer without the Flask application that moto has for each service, which takes as long as the answer itself."""
    status, headers, body = DynamoHandler.dispatch(BackendRequest(environ))
    return Response(body, status, headers)(environ, start_response)


def _write_plain_values_plainly() -> None:
    """moto asks of each value in an item whether it has each of ten members by each of several names."""

    def plainly(original: Any) -> Any:
        def serialize(serializer: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
            if key and shape.name == "AttributeValue" and isinstance(value, dict) and _SIMPLE.issuperset(value):
                serializer._default_serialize(serialized, value, shape, key)
            else:
                original(serializer, serialized, value, shape, key)

        return serialize

    replace(ResponseSerializer, "_serialize_type_structure", plainly)


def _compare_plain_values_plainly() -> None:
    """moto asks of each text, whenever it is compared, whether it is one of seven other things."""

    def equal(original: Any) -> Any:
        return lambda one, other: (
            one.type == other.type and (one.value == other.value if one.type == "S" else original(one, other))
        )

    def less(original: Any) -> Any:
        return lambda one, other: one.value < other.value if one.type == "S" == other.type else original(one, other)

    replace(DynamoType, "__eq__", equal)
    replace(DynamoType, "__lt__", less)
    replace(DynamoType, "__hash__", lambda original: lambda one: hash(one.value) if one.type == "S" else original(one))


def _look_through_no_more_than_needed() -> None:
    """moto sorts all items of a table before it chooses those of a query, and sorts those again."""

    def choosing(original: Any) -> Any:
        def query(table: Table, hash_key: DynamoType, *how: Any, **filters: Any) -> Any:
            index_name = how[_INDEX_NAME]
            table.all_items = partial(_candidates, table, None if index_name else hash_key)  # type: ignore[method-assign]
            try:
                return original(table, hash_key, *how, **filters)
            finally:
                del table.all_items

        return query

    replace(Table, "query", choosing)


def _candidates(table: Table, hash_key: DynamoType | None) -> list[Any]:
    """The items with this hash key, in any order; for None all."""
    collections = table.items.values() if hash_key is None else filter(None, [table.items.get(hash_key)])
    return [item for collection in collections for item in _items_of(table, collection)]


def _items_of(table: Table, collection: Any) -> Iterable[Any]:
    return collection.values() if table.range_key_attr else (collection,)


def _undo_only_what_was_touched() -> None:
    """moto copies a whole table for each item of a transaction, and puts the copies in its place when the transaction fails."""

    def undoing(original: Any) -> Any:
        def transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
            with _one_at_a_time:
                before = [(items, key, deepcopy(items.get(key))) for items, key in _touched(backend, transact_items)]
                try:
                    original(backend, transact_items)
                except Exception:
                    for items, key, stored in before:
                        if stored is None:
                            items.pop(key, None)
                        else:
                            items[key] = stored
                    raise

        return transact

    replace(models, "copy", lambda copy: variant(copy, deepcopy=_copy_of_no_table))
    replace(DynamoDBBackend, "transact_write_items", undoing)


def _carry_out_one_after_another() -> None:
    """moto checks a write's condition and carries it out in two steps, and undoes half a transaction, between which other threads
    read and write. DynamoDB isolates them:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-isolation"""

    def isolated(original: Any) -> Any:
        def carry_out(*args: Any, **kwargs: Any) -> Any:
            with _one_at_a_time:
                return original(*args, **kwargs)

        return carry_out

    for operation in ("get_item", "query", "scan", "put_item", "update_item", "delete_item"):
        replace(DynamoDBBackend, operation, isolated)


def _copy_of_no_table(value: Any) -> Any:
    return value if isinstance(value, Table) else deepcopy(value)


def _touched(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> Iterator[tuple[Items, DynamoType]]:
    """Where the items of a transaction are kept, and each one's key there, but for what it will be refused for."""
    for operation in (operation for item in transact_items for operation in item.values()):
        table = backend.tables.get(operation.get("TableName"))
        named = {**operation.get("Item", {}), **operation.get("Key", {})}
        if table and named.keys() >= set(table.table_key_attrs):
            *collection, key = (DynamoType(named[name]) for name in table.table_key_attrs)
            yield table.items[collection[0]] if collection else table.items, key


def _tell_nothing_from_null() -> None:
    """moto takes an attribute that is not there for one that is null. DynamoDB's `=` holds of no attribute that is not there,
    and `<>` of every one."""
    replace(OpEqual, "expr", lambda original: lambda test, item: original(test, item) and not _lacks_a_side(test, item))
    replace(OpNotEqual, "expr", lambda original: lambda test, item: original(test, item) or _lacks_a_side(test, item))


def _lacks_a_side(test: Any, item: Any) -> bool:
    sides = (test.lhs, test.rhs)
    return any(isinstance(side, AttributePath) and side.get_type(item) is None for side in sides)
