"""What all DynamoDB tables share: names, how times are stored, and conditions as sentences.

The tables themselves are declared in the deployment's template; a test compares the two.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.connection import TableConnection
from pynamodb.constants import STRING
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.core import clock
from chalicelib.core.choices import Choice
from chalicelib.core.config import settings
from chalicelib.core.dynamodb import connection

EVERYBODY = "yes"
"""What every record of an index over all of them has as its hash key."""
REJECTED = "ConditionalCheckFailedException"
MAX_ITEMS = 100
"""What DynamoDB takes in one transaction.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""
_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"

_connecting = Lock()

ModelT = TypeVar("ModelT", bound=Model)
Key = tuple[type[Model], str]
"""A record by its model and hash key."""


class TableModel(Model):
    """What every table's model is made of: a PynamoDB model whose calls go through the client that all models share.

    PynamoDB would make a client for each model. The second one costs five times as much as a call.
    """

    def decided_by(self) -> list[Key]:
        """The records that have a say in who may see this one: whoever reads it reads them too."""
        return []

    @classmethod
    def _get_connection(cls) -> TableConnection:
        table = super()._get_connection()
        with _connecting:
            if table.connection is not (shared := connection()):
                shared.add_meta_table(table.get_meta_table())
                table.connection = shared
        return table


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


class ChoiceAttribute(UnicodeAttribute):
    """One of a few words, stored as text; the API's description names them."""

    def __init__(self, choices: type[Choice], **options: Any) -> None:
        super().__init__(**options)
        self.choices = choices


def new_id(prefix: str, *seed: str) -> str:
    """A record's id: letter, hyphen, sixteen letters and digits.

    The same seed gives the same id: that of a session from its secret, say.
    """
    raw = hashlib.sha256("\0".join(seed).encode()).digest() if seed else secrets.token_bytes(32)
    return f"{prefix}-" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in raw[:16])


already_read: ContextVar[dict[tuple[type[Model], str], Any] | None] = ContextVar("already_read", default=None)
"""What a page that reads each record once has read so far; see chalicelib/core/reading.py."""


def find(model: type[ModelT], key: str) -> ModelT | None:
    """The record with this key as last written, or None."""
    known = already_read.get()
    if known is None:
        return _get(model, key)
    if (model, key) not in known:
        known[model, key] = _get(model, key)
    record: ModelT | None = known[model, key]
    return record


def _get(model: type[ModelT], key: str) -> ModelT | None:
    try:
        return model.get(key, consistent_read=True)
    except DoesNotExist:
        return None


def update_if(record: Model, condition: Condition, actions: list[Action]) -> bool:
    """Change a record on a condition, which may be met later or never; returns whether it was met now."""
    try:
        record.update(actions, condition=condition)
    except UpdateError as error:
        if not was_rejected(error):
            raise
        return False
    return True


def as_read(attribute: Attribute[Any], value: Any) -> Condition:
    """The condition that an attribute is what it was when the record was read: this value, or absent where that is nothing."""
    unchanged: Condition = attribute == value
    return unchanged if value else attribute.does_not_exist()


def was_rejected(error: PutError | UpdateError | TransactWriteError) -> bool:
    """Whether a condition was not met, as opposed to DynamoDB not answering."""
    if isinstance(error, TransactWriteError):
        return any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons)
    # Not PynamoDB's `cause_response_code`, which fails itself where botocore had no response.
    return isinstance(error.cause, ClientError) and error.cause.response["Error"].get("Code") == REJECTED


def was_overtaken(error: TransactWriteError) -> bool:
    """Whether another write came first, so that the caller should read and decide again."""
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    return bool(codes & {"ConditionalCheckFailed", "TransactionConflict"})


def rejected_items(error: TransactWriteError) -> Sequence[bool]:
    """For each item of a transaction, in the order written, whether its condition was the one not met."""
    return [bool(reason and reason.code == "ConditionalCheckFailed") for reason in error.cancellation_reasons]


@contextmanager
def transaction() -> Iterator[TransactWrite]:
    """Writes that happen all or not at all.

    Raises:
        TransactWriteError: on leaving, when a condition was not met or DynamoDB did not answer; see `was_rejected`.
    """
    with TransactWrite(connection=connection()) as write:
        yield write


def delete_all(records: Sequence[Model]) -> None:
    """Delete what does not fit into the one transaction that it belongs to, just before it."""
    for start in range(0, len(records), MAX_ITEMS):
        with transaction() as write:
            for record in records[start : start + MAX_ITEMS]:
                write.delete(record)
