"""What costs more than it has reserved, while it goes on."""

from __future__ import annotations

from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.budgets.models import Spending
from chalicelib.core.tables import as_read, transaction, was_overtaken
from chalicelib.jobflows.models import JobflowRecord


def top_up(record: JobflowRecord, spent: int, month: str) -> None:
    """Reserve as much as a live record has cost this month, where that is more than it has reserved, as when it outlives what it
    was launched for. Its end gives back no more than was reserved, so that what the budgets are drawn on must stand in its record.
    Does nothing when the record was changed meanwhile: the next sweep comes."""
    kind: Any = type(record)
    held = record.reservation
    if record.is_final or not held or held["month"] != month or spent <= int(held["micros"]):
        return
    more = spent - int(held["micros"])
    unchanged = as_read(kind.reservation, held) & kind.settled.does_not_exist()
    try:
        with transaction() as write:
            write.update(
                kind(record.id), actions=[kind.reservation.set({**held, "micros": spent})], condition=unchanged
            )
            for key in held["budgets"]:
                write.update(
                    Spending(f"{month}/{key}"), actions=[Spending.committed.add(more), Spending.version.add(1)]
                )
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
    record.refresh(consistent_read=True)
