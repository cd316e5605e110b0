"""What became of a job's slots, whichever of their runs: scheduled ones, further attempts, and slots that were run again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from chalicelib.core.rows import as_rows
from chalicelib.core.tables import find
from chalicelib.runs.models import OF_SLOTS, Run, RunStatus

MAX_READ = 3_000
"""How many runs are looked at for the last success; a job that has failed as often has none worth telling."""
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


def outcomes(job_id: str, first: datetime, last: datetime) -> list[SlotOutcome]:
    """What became of each slot of a span that has runs, in order."""
    rows = by_slot(job_id, first, last)
    return [_outcome(slot, rows[slot]) for slot in sorted(rows)]


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
