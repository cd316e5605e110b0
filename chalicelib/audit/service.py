"""Write the audit trail, and read it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import Index

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import SYSTEM_ACTOR, AuditContext, Channel, Effect
from chalicelib.audit.entries import RETENTION, entry_of
from chalicelib.audit.models import AuditEntry
from chalicelib.core import clock, idempotency
from chalicelib.core.pagination import InvalidCursor, Page
from chalicelib.core.tables import transaction, was_overtaken, was_rejected

MAX_ATTEMPTS = 5
MONTHS_PER_PAGE = 3
"""How many months one page of everything looks back over at most, before its cursor says where to go on."""
POSITION = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.Z]{1,30}(#[0-9a-f]{8})?")
"""A moment, and what makes it unique."""


def record_first(actor: str, channel: Channel, action: str, effect: Effect, now: datetime) -> None:
    """Record what changes no record, such as letting somebody in or refusing them, before it is done: what cannot be recorded is
    not done.

    Raises:
        PutError: DynamoDB did not answer.
    """
    entry_of(AuditContext(actor, channel, action, now), effect).save(AuditEntry.position.does_not_exist())


def begin_steps(*effects: Effect) -> None:
    """Record what an action of several transactions sets out to do, before the first of them: an entry for each effect, once for a
    request however often it is repeated by its key.

    Raises:
        TransactWriteError: DynamoDB did not answer, and nothing has been done.
    """
    if context := audit_context.current():
        _write_once(context, effects)


def _write_once(context: AuditContext, effects: Collection[Effect]) -> None:
    for attempt in range(MAX_ATTEMPTS):
        try:
            return _write_together(context, effects)
        except TransactWriteError as error:
            if context.key and was_rejected(error):
                return None  # the same request has recorded it
            if not was_overtaken(error) or attempt == MAX_ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def _write_together(context: AuditContext, effects: Collection[Effect]) -> None:
    with transaction() as write:
        for effect in effects:
            write.save(entry_of(context, effect), condition=AuditEntry.position.does_not_exist())
        if context.key:
            idempotency.remember(write, idempotency.part(context.key, "begin"), "", context.at)


def record_repair(action: str, effect: Effect, now: datetime) -> None:
    """Record what the system is about to do by itself, before it is done. The same effect is recorded once in 30 days, however
    often it is tried.

    Raises:
        TransactWriteError: DynamoDB did not answer, and nothing has been done.
    """
    use = f"{action} {effect.object_id} {effect.summary}"
    key = idempotency.Submission(use, "", use)
    _write_once(AuditContext(SYSTEM_ACTOR, Channel.SYSTEM, action, now, key=key), (effect,))


def as_json(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the API gives it."""
    return {
        "at": clock.text(entry.at), "actor": entry.actor, "channel": entry.channel, "action": entry.action, "kind": entry.kind,
        "object": entry.object_id, "name": entry.object_name, "summary": entry.summary, "fields": list(entry.fields or []),
    }  # fmt: skip


def of_object(
    object_id: str, limit: int, cursor: str | None = None, may: Collection[str] | None = None
) -> Page[AuditEntry]:
    """What happened to an object, the latest first. Those who `may` not share it do not see with whom it is shared; a page may
    then be short and still have a next one.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    page = _page(AuditEntry.by_object, object_id, limit, cursor)
    visible = [
        entry for entry in page.items if may is None or not entry.action.endswith(".share") or entry.action in may
    ]
    return Page(visible, page.next)


def of_actor(actor: str, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
    """What somebody did, the latest first; "atmo" is the system.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    return _page(AuditEntry.by_actor, actor, limit, cursor)


def search(
    now: datetime,
    limit: int,
    cursor: str | None = None,
    *,
    object_id: str = "",
    actor: str = "",
    may: Collection[str] | None = None,
) -> Page[AuditEntry]:
    """What happened to an object, as `of_object` has it, or else what somebody did, or else everything, the latest first.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    if object_id:
        return of_object(object_id, limit, cursor, may)
    if actor:
        return of_actor(actor, limit, cursor)
    return everything(now, limit, cursor)


def everything(now: datetime, limit: int, cursor: str | None = None) -> Page[AuditEntry]:
    """What everybody did, the latest first. A page may have fewer entries than there are, and still say what is next.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    newest, first = _position(cursor)[:7] if cursor else f"{now:%Y-%m}", f"{now - RETENTION:%Y-%m}"
    months = [month for month in _months_back(newest, MONTHS_PER_PAGE + 1) if month >= first]
    before = AuditEntry.position < cursor if cursor else None
    entries = list(islice(_of_months(months[:MONTHS_PER_PAGE], before, limit + 1), limit + 1))
    if len(entries) > limit:
        return Page(entries[:limit], entries[limit - 1].position)
    if len(months) <= MONTHS_PER_PAGE:
        return Page(entries, None)
    before_them = date.fromisoformat(f"{months[MONTHS_PER_PAGE - 1]}-01") - timedelta(days=1)
    return Page(entries, f"{before_them}T24:00:00")


def _months_back(newest: str, number: int) -> list[str]:
    """So many months, the latest first."""
    year, month = int(newest[:4]), int(newest[5:])
    counted = [12 * year + month - 1 - back for back in range(number)]
    return [f"{each // 12:04}-{each % 12 + 1:02}" for each in counted]


def _of_months(months: list[str], before: Condition | None, limit: int) -> Iterator[AuditEntry]:
    for month in months:
        yield from AuditEntry.query(month, before, scan_index_forward=False, limit=limit)


def _page(index: Index[AuditEntry], key: str, limit: int, cursor: str | None) -> Page[AuditEntry]:
    before = AuditEntry.position < _position(cursor) if cursor else None
    entries = list(index.query(key, before, scan_index_forward=False, limit=limit + 1))
    return Page(entries[:limit], entries[limit - 1].position if len(entries) > limit else None)


def _position(cursor: str) -> str:
    """Where a list goes on: the position of its last entry, which begins with a date."""
    try:
        date.fromisoformat(cursor[:10])
    except ValueError:
        raise InvalidCursor from None
    if not POSITION.fullmatch(cursor):
        raise InvalidCursor
    return cursor
