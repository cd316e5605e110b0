"""Keep what sweeps found, and read it again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from pynamodb.exceptions import DoesNotExist

from chalicelib.core import clock
from chalicelib.core.pagination import InvalidCursor, Page, search_pages
from chalicelib.core.search import EVERYTHING, Fields, Search, matches
from chalicelib.jobflows.reconciliation.findings import LABELS, Report, as_json
from chalicelib.jobflows.reconciliation.models import FINDINGS, HEARTBEAT, Reconciliation

RETENTION = timedelta(days=90)
FIELDS = Fields(
    texts=("kind", "record", "jobflow", "cluster", "done"),
    filters={"kind": lambda finding: finding.kind},
    choices={"kind": tuple(LABELS)},
    is_sorted=False,
)
_ONE = datetime(1970, 1, 1, tzinfo=UTC)
"""The range key of the only heartbeat."""


def store(report: Report, now: datetime) -> None:
    """Keep what a sweep found, if it found anything. The very same as the time before is one item, seen once more."""
    findings = [as_json(finding) for finding in report]
    if not findings:
        return
    before = next(iter(newest(1).items), None)
    if before and before.findings == findings:
        before.update(
            [Reconciliation.times.add(1), Reconciliation.last_at.set(now), Reconciliation.ttl.set(_forget(now))]
        )
    else:
        Reconciliation(FINDINGS, now, findings=findings, last_at=now, ttl=_forget(now)).save()


def beat(now: datetime) -> None:
    """Note that a sweep came to its end."""
    Reconciliation(HEARTBEAT, _ONE, findings=[], last_at=now).save()


def last_sweep() -> datetime | None:
    """When a sweep came to its end last; None before the first."""
    try:
        return Reconciliation.get(HEARTBEAT, _ONE).last_at
    except DoesNotExist:
        return None


def newest(limit: int, cursor: str | None = None) -> Page[Reconciliation]:
    """One page of what sweeps found, the latest first.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    before = Reconciliation.at < _moment(cursor) if cursor else None
    items = list(Reconciliation.query(FINDINGS, before, scan_index_forward=False, limit=limit + 1))
    return Page(items[:limit], clock.text(items[limit - 1].at) if len(items) > limit else None)


def listing(limit: int, cursor: str | None = None, search: Search = EVERYTHING) -> Page[Reconciliation]:
    """One page of those items that have what is looked for in one of their findings, with these findings alone; among so many items
    at a time (`core/pagination.LOOKED_AT`).

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    if search.is_blank:
        return newest(limit, cursor)
    return search_pages(newest, lambda item: _has(item, search), lambda item: clock.text(item.at), limit, cursor)


def _has(item: Reconciliation, search: Search) -> bool:
    """Whether some finding matches; the others are left out of what is shown."""
    if search.since and item.at < search.since:
        return False
    if search.until and item.at >= search.until:
        return False
    undated = replace(search, since=None, until=None)
    item.findings = [finding for finding in item.findings if matches(SimpleNamespace(**finding), undated, FIELDS)]
    return bool(item.findings)


def record(reconciliation: Reconciliation) -> dict[str, Any]:
    """One item as the API gives it."""
    return {
        "at": clock.text(reconciliation.at),
        "last_at": clock.text(reconciliation.last_at),
        "times": int(reconciliation.times),
        "findings": reconciliation.findings,
    }


def _moment(cursor: str) -> datetime:
    try:
        return clock.parse(cursor)
    except ValueError:
        raise InvalidCursor from None


def _forget(now: datetime) -> int:
    """DynamoDB deletes by seconds since 1970."""
    return int((now + RETENTION).timestamp())
