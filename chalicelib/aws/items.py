"""Items of DynamoDB as they are stored, whatever they mean: read a page after another, and added where there is none yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.clients import answering, client, code

Item = dict[str, Any]
Key = dict[str, Any]
PAGE = 1000
"""Items of a page at most; DynamoDB reads 1 MB at most."""


def pages(table: str, after: Key | None) -> Iterator[tuple[list[Item], Key | None]]:
    """The items of a table in pages of up to 1 MB, each with the key after which the next one begins; None for the last.

    Raises:
        Unavailable: DynamoDB does not answer.
    """
    while True:
        with answering("read the table"):
            answer = client("dynamodb").scan(TableName=table, ConsistentRead=True, Limit=PAGE, **_begins(after))
        after = answer.get("LastEvaluatedKey")
        yield answer["Items"], after
        if after is None:
            return


def _begins(after: Key | None) -> dict[str, Any]:
    return {"ExclusiveStartKey": after} if after else {}


def add(table: str, item: Mapping[str, Any], key: str, replace: bool = False) -> bool:
    """Store an item; whether there was none with its key, or it may `replace` that. `key` is the name of the hash key.

    Raises:
        Unavailable: DynamoDB does not answer.
    """
    condition: dict[str, Any] = {
        "ConditionExpression": "attribute_not_exists(#k)",
        "ExpressionAttributeNames": {"#k": key},
    }
    with answering("write the table"):
        try:
            client("dynamodb").put_item(TableName=table, Item=dict(item), **({} if replace else condition))
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
    return True
