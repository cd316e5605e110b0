"""Reads of a page that changes nothing: each record once, and several in one call."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import GetError
from pynamodb.models import Model

from chalicelib.core.dynamodb import answers, connection
from chalicelib.core.tables import Key, TableModel, already_read, find


@contextmanager
def reading_once() -> Iterator[None]:
    """Meanwhile `find` reads each record once, however many parts of the page want it, and all of them see the same state of
    it; what DynamoDB answers is noted (`answers`)."""
    token, noting = already_read.set({}), answers.set([])
    try:
        yield
    finally:
        already_read.reset(token)
        answers.reset(noting)


def reading_together() -> AbstractContextManager[None]:
    """`reading_once`, for a part of a page that may do so already: what the page has read counts, and what is read here is noted
    with the rest."""
    return reading_once() if already_read.get() is None else nullcontext()


@contextmanager
def unnoted() -> Iterator[None]:
    """Meanwhile what DynamoDB answers is not noted: what a process keeps for a while would be noted now and then."""
    noting = answers.set(None)
    try:
        yield
    finally:
        answers.reset(noting)


def read_together(keys: Collection[Key]) -> None:
    """Read these records, of whichever tables, in one call as last written, for `find` to return; only within `reading_once`. Those
    that were read before are not read again.

    What DynamoDB does not get to in this call, or refuses, `find` reads by itself, and says so.

    Raises:
        GetError: DynamoDB does not answer.
    """
    known = already_read.get()
    if known is None or not keys:
        return
    tables: dict[str, dict[str, Any]] = {}
    keys = [key for key in keys if key not in known]
    for model, key in keys:
        table = tables.setdefault(model.Meta.table_name, {"ConsistentRead": True, "Keys": []})
        if (place := {model._hash_keyname: {"S": key}}) not in table["Keys"]:
            table["Keys"].append(place)
    if not tables:
        return
    try:
        answer = connection().dispatch("BatchGetItem", {"RequestItems": tables})
    except ClientError:
        return
    except BotoCoreError as error:
        raise GetError(f"DynamoDB does not answer: {error}", error) from error
    for model, key in keys:
        _remember(known, model, key, answer)


def deciding(keys: Collection[Key]) -> list[Key]:
    """The keys of what decides who may see these records, which were read already."""
    records = [find(model, key) for model, key in keys]
    return [key for record in records if isinstance(record, TableModel) for key in record.decided_by()]


def _remember(known: dict[Key, Any], model: type[Model], key: str, answer: dict[str, Any]) -> None:
    table, place = model.Meta.table_name, {model._hash_keyname: {"S": key}}
    if place in answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", []):
        return
    items = answer["Responses"].get(table, [])
    stored = next((item for item in items if place.items() <= item.items()), None)
    known[model, key] = model.from_raw_data(stored) if stored else None
