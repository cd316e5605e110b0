"""What became of a job's slots, whichever of their runs: scheduled ones, further attempts, and slots that were run again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, islice

from chalicelib.core import clock
from chalicelib.core.pagination import InvalidCursor, Page, search_pages
from chalicelib.core.rows import as_rows
from chalicelib.core.search import EVERYTHING, Fields, Search, matches
from chalicelib.core.tables import find
from chalicelib.runs.indexes import OF_SLOTS
from chalicelib.runs.models import Run, RunStatus

MAX_READ = 3_000
"""How many runs are looked at for the last success; a job that has failed as often has none worth telling."""
FIELDS = Fields(
    texts=("run", "status"),
    filters={"status": lambda outcome: outcome.status},
    choices={"status": RunStatus},
    is_sorted=False,
    order="slot",
)
"""What the outcomes of slots are searched and filtered by; their order is that of the slots."""
_SHOWN = ("id", "job_id", "slot", *OF_SLOTS)


@dataclass(frozen=True)
class SlotOutcome:
    """What became of a slot: the run that counts, its status, and all its runs, the first one first."""

    slot: datetime
    run: str
    status: str
    runs: tuple[str, ...]


def last_success(run: Run) -> datetime | None:
    """The last slot of the job's before this run's that succeeded; of a manual run, the last one of all.

    The index may be moments behind: a slot that has just succeeded may be missing, so that more is computed, never less.
    """
    rows = islice(_latest_first(run.job_id, run.slot), MAX_READ)
    return next((row.slot for row in rows if row.status == RunStatus.SUCCEEDED), None)


def _latest_first(job_id: str, before: datetime | None) -> Iterator[Run]:
    earlier = Run.slot < before if before else None
    yield from as_rows(Run.by_slot.query(job_id, earlier, scan_index_forward=False, page_size=100), _SHOWN)


def by_slot(job_id: str, first: datetime, last: datetime) -> dict[datetime, list[Run]]:
    """The runs of each slot from the first to the last, in the order in which they were made."""
    runs: dict[datetime, list[Run]] = defaultdict(list)
    for row in as_rows(Run.by_slot.query(job_id, Run.slot.between(first, last)), _SHOWN):
        runs[row.slot].append(row)
    return {slot: sorted(rows, key=lambda row: row.created_at) for slot, rows in runs.items()}


def outcomes(job_id: str, first: datetime, last: datetime) -> Iterator[SlotOutcome]:
    """What became of each slot of a span that has runs, in order; read as they are asked for."""
    if first > last:
        return
    rows = as_rows(Run.by_slot.query(job_id, Run.slot.between(first, last), page_size=250), _SHOWN)
    for slot, of_slot in groupby(rows, key=lambda row: row.slot):
        yield _outcome(slot, sorted(of_slot, key=lambda row: row.created_at))


def search(
    job_id: str, first: datetime, last: datetime, limit: int, cursor: str | None = None, search: Search = EVERYTHING
) -> Page[SlotOutcome]:
    """One page of the outcomes that are looked for, in order, among so many slots at a time (`core/pagination.LOOKED_AT`).

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """

    def read(limit: int, cursor: str | None) -> Page[SlotOutcome]:
        begin = max(first, _moment_of(cursor) + clock.SMALLEST) if cursor else first
        listed = list(islice(outcomes(job_id, begin, last), limit + 1))
        return Page(listed[:limit], _cursor_of(listed[limit - 1]) if len(listed) > limit else None)

    if search.is_blank:
        return read(limit, cursor)
    return search_pages(read, lambda outcome: matches(outcome, search, FIELDS), _cursor_of, limit, cursor)


def _cursor_of(outcome: SlotOutcome) -> str:
    return clock.text(outcome.slot)


def _moment_of(cursor: str) -> datetime:
    try:
        return clock.parse(cursor)
    except ValueError:
        raise InvalidCursor from None


def _outcome(slot: datetime, rows: Sequence[Run]) -> SlotOutcome:
    counts = counting(rows)
    return SlotOutcome(slot, counts.id, counts.status, tuple(row.id for row in rows))


def counting(rows: Sequence[Run]) -> Run:
    """Which of a slot's runs, in the order in which they were made, counts: the latest that succeeded; as long as none has,
    the latest."""
    return next((row for row in reversed(rows) if row.status == RunStatus.SUCCEEDED), rows[-1])


def is_over(run: Run) -> bool:
    """Whether a run and all its further attempts are."""
    latest: Run | None = run
    while latest and latest.is_final and latest.retry:
        latest = find(Run, latest.retry)
    return latest is None or latest.is_final
