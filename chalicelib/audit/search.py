"""Looking through the audit trail: by words, channel, kind of object, action and dates, the latest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.audit.models import AuditEntry
from chalicelib.core import clock
from chalicelib.core.pagination import Page, search_pages
from chalicelib.core.search import EVERYTHING, Fields, Search, matches

FIELDS = Fields(
    texts=("summary", "object_id", "object_name", "actor", "action"),
    filters={
        "channel": lambda entry: entry.channel,
        "kind": lambda entry: entry.kind,
        "action": lambda entry: entry.action,
    },
    choices={"channel": Channel},
    is_sorted=False,
)


def search(
    now: datetime,
    limit: int,
    cursor: str | None = None,
    *,
    object_id: str = "",
    actor: str = "",
    search: Search = EVERYTHING,
    may: Collection[str] | None = None,
) -> Page[AuditEntry]:
    """What happened to an object, or else what somebody did, or else everything; of that what is looked for, among so many entries
    at a time (`core/pagination.LOOKED_AT`). Those who `may` not share the object do not see with whom it is shared.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """

    def read(limit: int, cursor: str | None) -> Page[AuditEntry]:
        page = audit.search(now, limit, cursor, object_id=object_id, actor=actor, may=may)
        if not search.since or not page.items or page.items[-1].at >= search.since:
            return page
        return Page([entry for entry in page.items if entry.at >= search.since], None)

    if search.is_blank:
        return read(limit, cursor)
    if search.until and not cursor:
        cursor = clock.text(min(now, search.until))
    undated = replace(search, since=None, until=None)
    return search_pages(
        read, lambda entry: matches(entry, undated, FIELDS), lambda entry: entry.position, limit, cursor
    )
