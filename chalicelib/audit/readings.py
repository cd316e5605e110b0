"""Reading what is another's, on the audit trail: once for each person, object and day, so that it costs next to nothing."""

from __future__ import annotations

from pynamodb.exceptions import TransactWriteError

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Effect
from chalicelib.core import idempotency, tables
from chalicelib.core.errors import Conflict

MAX_NOTED = 10_000
"""How many readings a process remembers to have seen on the trail; then it begins anew and asks DynamoDB again."""
_noted: set[str] = set()


def note(reader: str, effect: Effect, what: str) -> None:
    """Record that somebody reads `what`, an id, with this effect's sentence, unless that was recorded on this day already.

    Raises:
        TransactWriteError: it could not be recorded, so it may not be read.
    """
    if (context := audit_context.current()) is None:
        return
    key = idempotency.submission(reader, "read", f"{context.at:%Y-%m-%d}", "", what)
    if key.id in _noted:
        return
    try:
        with (
            audit_context.open_context(context.actor, context.channel, context.action, context.at, key),
            changes.transaction(effect),
        ):
            pass  # the entry and the key are all that is written
    except Conflict:
        pass  # it is there
    except TransactWriteError as error:
        if not tables.was_overtaken(error):
            raise
        return  # the same reader's other request is writing it
    if len(_noted) >= MAX_NOTED:
        _noted.clear()
    _noted.add(key.id)
