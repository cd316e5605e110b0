"""Changes, and what the audit trail says of them, in one transaction: neither is ever there without the other. The key of the
request that asked for the change (chalicelib/core/idempotency.py) goes with them.

Where no audit context is open, as in the state machines' tasks, the change is written alone.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import SYSTEM_ACTOR, AuditContext, Channel, Effect
from chalicelib.audit.entries import entry_of
from chalicelib.audit.models import AuditEntry
from chalicelib.core import idempotency, tables

ROOM = 2
"""How many of a transaction's items are the trail's entry and the key; what else goes into it leaves them room."""
MAX_ATTEMPTS = 5
_PAUSE = 0.05
"""Seconds before a transaction that met another one is tried again; each further time twice as many at most."""


@contextmanager
def transaction(effect: Effect | None) -> Iterator[TransactWrite]:
    """Writes that happen all or not at all, together with the entry for this effect of the current action; None for none.

    Raises:
        TransactWriteError: on leaving, as `tables.transaction` has it.
        Conflict: on leaving: another request with the same key came first; `idempotency.once` returns what came of that.
    """
    context = audit_context.current()
    try:
        with tables.transaction() as write:
            yield write
            if context and effect:
                _enter(write, context, effect)
    except TransactWriteError as error:
        if context and context.key and tables.was_rejected(error):
            idempotency.was_stored(context.key)
        raise
    if context and effect:
        context.latest = effect
        context.key = context.key if context.has_steps else None


def _enter(write: TransactWrite, context: AuditContext, effect: Effect) -> None:
    _put_entry(write, context, effect)
    if context.key and not context.has_steps:
        idempotency.remember(write, context.key, effect.object_id, context.at)


def enter_by_system(write: TransactWrite, action: str, effect: Effect, now: datetime) -> None:
    """Put into a transaction the entry for what the system does by itself, beside the action that the transaction is of."""
    _put_entry(write, AuditContext(SYSTEM_ACTOR, Channel.SYSTEM, action, now), effect)


def _put_entry(write: TransactWrite, context: AuditContext, effect: Effect) -> None:
    write.save(entry_of(context, effect), condition=AuditEntry.position.does_not_exist())


def update_if(record: Model, condition: Condition, actions: list[Action], effect: Effect | None) -> bool:
    """Change a record on a condition, as `tables.update_if` does, together with the trail's entry; afterwards the record is read
    again. Returns whether the condition was met.

    Raises:
        TransactWriteError: DynamoDB did not answer, or others keep writing the record.
        Conflict: as `transaction` has it.
    """
    for attempt in range(MAX_ATTEMPTS):
        try:
            with transaction(effect) as write:
                write.update(record, actions=actions, condition=condition)
        except TransactWriteError as error:
            if tables.was_rejected(error):
                return False
            if not tables.was_overtaken(error) or attempt == MAX_ATTEMPTS - 1:
                raise
            time.sleep(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311
        else:
            with suppress(DoesNotExist):
                record.refresh(consistent_read=True)
            return True
    raise AssertionError("the last attempt returns or raises")


def save(record: Model, effect: Effect, condition: Condition | None = None) -> bool:
    """Store a record together with the trail's entry; returns whether the condition was met.

    Raises:
        TransactWriteError, Conflict: as `update_if` has it.
    """
    return _was_written(effect, lambda write: write.save(record, condition=condition))


def delete(record: Model, effect: Effect, condition: Condition | None = None) -> bool:
    """Delete a record together with the trail's entry; returns whether the condition was met.

    Raises:
        TransactWriteError, Conflict: as `update_if` has it.
    """
    return _was_written(effect, lambda write: write.delete(record, condition=condition))


def _was_written(effect: Effect, put: Callable[[TransactWrite], None]) -> bool:
    try:
        with transaction(effect) as write:
            put(write)
    except TransactWriteError as error:
        if not tables.was_rejected(error):
            raise
        return False
    return True
