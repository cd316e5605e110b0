"""Put deeds on the audit trail, and read it."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import Index

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import ATMO, SYSTEM, Deed, Effect
from chalicelib.audit.models import Entry
from chalicelib.core import clock
from chalicelib.core.errors import BadRequest
from chalicelib.core.observability import logger, measure
from chalicelib.core.pagination import Page

KEPT = timedelta(days=365)
DAYS_A_PAGE = 31
"""How many days without an entry one page of everything looks back over, at the most, before it says: go on there."""
LONGEST = 300


def record(done: Deed, object_id: str = "", summary: str = "") -> None:
    """Put a deed on the trail: once for each object that services named, or for the one that the door knows, with the
    summary of the action.

    The deed is done and stands. When the trail cannot be written the entry goes to the log instead, as an error.
    """
    if done.in_vain and not done.effects:
        return
    kind, _, _ = done.action.partition(".")
    seen = Effect(kind, object_id, "", summary or done.action)
    for effect in done.effects or [seen]:
        _write(_entry(done, effect))


@contextmanager
def doing(who: str, door: str, action: str, now: datetime) -> Iterator[Deed]:
    """A deed that its door records when it was done. What was done before something failed is recorded here: it stands."""
    with audit_context.doing(who, door, action, now) as done:
        try:
            yield done
        except Exception:
            if done.effects:
                record(done)
            raise


def by_system(action: str, kind: str, object_id: str, name: str, gist: str, now: datetime) -> None:
    """What the system did by itself. Call it where the change of state was won, so that a repeated task says nothing twice."""
    done = Deed(ATMO, SYSTEM, action, now)
    _write(_entry(done, Effect(kind, object_id, name, gist)))


def _entry(done: Deed, effect: Effect) -> Entry:
    return Entry(
        f"{done.at:%Y-%m-%d}", f"{clock.text(done.at)}#{secrets.token_hex(4)}",
        at=done.at, who=done.who, door=done.door, action=done.action, kind=effect.kind, object_id=effect.object_id or None,
        object_name=effect.name or None, gist=effect.gist[:LONGEST], fields=list(effect.fields) or None,
        ttl=int((done.at + KEPT).timestamp()),
    )  # fmt: skip


def _write(entry: Entry) -> None:
    try:
        entry.save(Entry.place.does_not_exist())
    except (PynamoDBException, BotoCoreError, ClientError):
        logger.exception("audit_failed", extra={"entry": as_json(entry)})
        measure("AuditFailed", about=entry.object_id or "")


def as_json(entry: Entry) -> dict[str, Any]:
    """An entry as the API gives it."""
    return {
        "at": clock.text(entry.at), "who": entry.who, "door": entry.door, "action": entry.action, "kind": entry.kind,
        "object": entry.object_id, "name": entry.object_name, "gist": entry.gist, "fields": list(entry.fields or []),
    }  # fmt: skip


def of_object(object_id: str, limit: int, cursor: str | None = None, may: Collection[str] | None = None) -> Page[Entry]:
    """What happened to an object, the latest first. Of those who `may` not share it nobody is told with whom it is shared;
    a page may then be short and yet have a next one.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    found = _page(Entry.by_object, object_id, limit, cursor)
    shown = [
        entry for entry in found.items if may is None or not entry.action.endswith(".share") or entry.action in may
    ]
    return Page(shown, found.next)


def of_person(who: str, limit: int, cursor: str | None = None) -> Page[Entry]:
    """What somebody did, the latest first; "atmo" is the system.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    return _page(Entry.by_person, who, limit, cursor)


def everything(now: datetime, limit: int, cursor: str | None = None) -> Page[Entry]:
    """What everybody did, the latest first. A page may have fewer entries than there are, and still say what is next.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    last = _place(cursor)[:10] if cursor else f"{now:%Y-%m-%d}"
    newest = date.fromisoformat(last)
    oldest = max(newest - timedelta(days=DAYS_A_PAGE), (now - KEPT).date())
    days = [newest - timedelta(days=back) for back in range((newest - oldest).days + 1)]
    before = Entry.place < cursor if cursor else None
    found = list(islice(_of_days(days, before, limit + 1), limit + 1))
    if len(found) > limit:
        return Page(found[:limit], found[limit - 1].place)
    return Page(found, f"{oldest}T00:00:00" if oldest > (now - KEPT).date() else None)


def _of_days(days: list[date], before: Condition | None, limit: int) -> Iterator[Entry]:
    for day in days:
        yield from Entry.query(day.isoformat(), before, scan_index_forward=False, limit=limit)


def _page(index: Index[Entry], of: str, limit: int, cursor: str | None) -> Page[Entry]:
    before = Entry.place < _place(cursor) if cursor else None
    found = list(index.query(of, before, scan_index_forward=False, limit=limit + 1))
    return Page(found[:limit], found[limit - 1].place if len(found) > limit else None)


def _place(cursor: str) -> str:
    """Where a list goes on: the place of its last entry, which begins with a date."""
    try:
        date.fromisoformat(cursor[:10])
    except ValueError:
        raise BadRequest("The cursor is not one that a list of this API returned.") from None
    return cursor
