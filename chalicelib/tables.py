"""What all DynamoDB tables share: names, how times are stored, pages, and conditions as sentences.

The tables themselves are declared in the deployment's template; a test compares the two.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.connection import Connection
from pynamodb.constants import STRING
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import Index
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib import clock
from chalicelib.config import settings
from chalicelib.errors import BadRequest

EVERYBODY = "yes"
"""What every record of an index over all of them has as its hash key."""
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


def newest_first(
    index: Index[ModelT], of: dict[str, str], limit: int, cursor: str | None, only: Condition | None = None
) -> Page[ModelT]:
    """One page of an index whose range key is `created_at`; `of` is its hash key by name, such as {"owner": "alice"}.

    With `only` what does not meet the condition is read, and paid for, but left out.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    ((name, value),) = of.items()
    start = _decode(cursor) | {name: {"S": value}} if cursor else None
    found = index.query(
        value, scan_index_forward=False, limit=limit, page_size=limit, last_evaluated_key=start, filter_condition=only
    )
    items = list(found)
    return Page(items, _encode(found.last_evaluated_key) if found.last_evaluated_key else None)


LOOKED_AT = 1000
"""Records that one page of a list with a filter is looked for among."""


def newest_that(
    index: Index[ModelT], of: dict[str, str], limit: int, cursor: str | None, fits: Callable[[ModelT], bool]
) -> Page[ModelT]:
    """One page of those records that fit, as `newest_first` has them.

    However rare they are, one call reads no more than so many records: the page may then be short, or empty, and yet have a
    cursor, which goes on where this call stopped.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    found: list[ModelT] = []
    looked_at, at_once = 0, max(10, 2 * limit)
    while looked_at < LOOKED_AT:
        page = newest_first(index, of, min(at_once, 250), cursor)
        for record in page.items:
            if fits(record):
                found.append(record)
            if len(found) == limit:
                return Page(found, None if record is page.items[-1] and not page.next else cursor_after(record))
        cursor, looked_at, at_once = page.next, looked_at + len(page.items), at_once * 2
        if cursor is None:
            break
    return Page(found, cursor)


def cursor_after(record: Any) -> str:
    """Where a list goes on after this record of it."""
    return _encode({"id": {"S": record.id}, "created_at": {"S": clock.text(record.created_at)}})


def _encode(key: dict[str, Any]) -> str:
    """A cursor says where a list stopped, not whose list it is: it cannot lead into another one's."""
    place = [key["id"]["S"], key["created_at"]["S"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _decode(cursor: str) -> dict[str, Any]:
    try:
        record_id, created_at = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        clock.parse(created_at)
    except (ValueError, TypeError):
        raise BadRequest("The cursor is not one that a list of this API returned.") from None
    return {"id": {"S": str(record_id)}, "created_at": {"S": created_at}}


def new_id(prefix: str, *seed: str) -> str:
    """A record's id: letter, hyphen, sixteen letters and digits.

    With a seed the same seed gives the same id, which makes a repeated submission meet the record of the first one.
    """
    raw = hashlib.sha256("\0".join(seed).encode()).digest() if seed else secrets.token_bytes(32)
    return f"{prefix}-" + "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in raw[:16])


def in_order(model: type[ModelT], ids: Sequence[str], limit: int, cursor: str | None) -> Page[ModelT]:
    """One page of the records with these ids, in this order; those that are gone are left out.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    if cursor and not (cursor.isascii() and cursor.isdigit()):
        raise BadRequest("The cursor is not one that a list of this API returned.")
    start = int(cursor or 0)
    wanted = list(ids[start : start + limit])
    found = {record.id: record for record in model.batch_get(wanted)} if wanted else {}  # type: ignore[attr-defined]
    more = str(start + limit) if len(ids) > start + limit else None
    return Page([found[one] for one in wanted if one in found], more)


def find(model: type[ModelT], key: str) -> ModelT | None:
    """The record with this key as last written, or None."""
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


def was_rejected(error: PutError | UpdateError | TransactWriteError) -> bool:
    """Whether a condition was not met, as opposed to DynamoDB not answering."""
    if isinstance(error, TransactWriteError):
        return any(reason and reason.code == "ConditionalCheckFailed" for reason in error.cancellation_reasons)
    return error.cause_response_code == REJECTED


def was_overtaken(error: TransactWriteError) -> bool:
    """Whether another write came first, so that reading anew and deciding again is right."""
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
    with TransactWrite(connection=_connection()) as write:
        yield write


@cache
def _connection() -> Connection:
    """One for all transactions: a new one reads botocore's models anew, which takes longer than the transaction."""
    return Connection()
