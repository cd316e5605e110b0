"""What became of a job's slots, whichever of their runs: scheduled ones, further attempts, and slots that were run again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from chalicelib.core.rows import as_rows
from chalicelib.runs.models import OF_SLOTS, Run, RunStatus

MAX_READ = 3_000
"""How many runs are looked at for the last success; a job that has failed as often has none worth telling."""
_SHOWN = ("id", "job_id", "slot", *OF_SLOTS)


def last_success(run: Run) -> datetime | None:
    """The last slot of the job's before this run's that succeeded; of a manual run, the last one of all.

    The index may be moments behind: a slot that has just succeeded may be missing, so that more is computed, never less.
    """
    rows = islice(_latest_first(run.job_id, run.slot), MAX_READ)
    return next((row.slot for row in rows if row.status == RunStatus.SUCCEEDED), None)


def _latest_first(job_id: str, before: datetime | None) -> Iterator[Run]:
    earlier = Run.slot < before if before else None
    yield from as_rows(Run.by_slot.query(job_id, earlier, scan_index_forward=False, page_size=100), _SHOWN)
