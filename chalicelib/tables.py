"""What all DynamoDB tables share: names, how times are stored, pages, and conditions as sentences.

The tables themselves are declared in the deployment's template; a test compares the two.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.constants import STRING
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator
from pynamodb.transactions import TransactWrite

from chalicelib import clock
from chalicelib.config import settings
from chalicelib.errors import BadRequest

REJECTED = "ConditionalCheckFailedException"
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

ModelT = TypeVar("ModelT", bound=Model)


class TableName:
    """A table's full name, found when it is first asked for, so that importing needs no environment."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> str:
        return settings().table_prefix + self.name


class TimeAttribute(Attribute[datetime]):
    """A moment, stored as sortable RFC 3339 text in UTC."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return clock.text(value)

    def deserialize(self, value: str) -> datetime:
        return clock.parse(value)


@dataclass(frozen=True)
class Page(Generic[ModelT]):
    """Some items of a list, and the cursor of the next ones (None at the end)."""

    items: list[ModelT]
    next: str | None


def page(found: ResultIterator[ModelT]) -> Page[ModelT]:
    """The items of a query that was given a limit, and where it stopped."""
    items = list(found)
    last = found.last_evaluated_key
    return Page(items, encode_cursor(last) if last else None)


def encode_cursor(key: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> dict[str, Any] | None:
    """The DynamoDB key in a cursor that `page` made.

    Raises:
        BadRequest: this is no such cursor.
    """
    if not cursor:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not all(isinstance(value, dict) and list(value) == ["S"] for value in key.values()):
            raise ValueError
    except (ValueError, AttributeError):
        raise BadRequest("The cursor is not one that a list of this API returned.") from None
    return dict(key)


def new_id(prefix: str, *seed: str) -> str:
    """A record's id: letter, hyphen, sixteen letters and digits.

    With a seed the same seed gives the same id, which makes a repeated submission meet the record of the first one.
    """
    raw = hashlib.sha256("\0".join(seed).encode()).digest() if seed else secrets.token_bytes(32)
    return f"{prefix}-" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in raw[:16])


def find(model: type[ModelT], key: str) -> ModelT | None:
    """The record with this key as last written, or None."""
    try:
        return model.get(key, consistent_read=True)
    except DoesNotExist:
        return None


def was_rejected(error: PutError | UpdateError | TransactWriteError) -> bool:
    """Whether a condition was not met, as opposed to DynamoDB not answering."""
    if isinstance(error, TransactWriteError):
        return any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons)
    return error.cause_response_code == REJECTED


def rejected_items(error: TransactWriteError) -> Sequence[bool]:
    """For each item of a transaction, in the order written, whether its condition was the one not met."""
    return [bool(reason and reason.code == "ConditionalCheckFailed") for reason in error.cancellation_reasons]


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """Writes that happen all or not at all.

    Raises:
        TransactWriteError: on leaving, when a condition was not met or DynamoDB did not answer; see `was_rejected`.
    """
    with TransactWrite(connection=Connection()) as write:
        yield write
