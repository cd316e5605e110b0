"""The records of objects that have arrived in S3, until their burst is long over."""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core import clock
from chalicelib.core.tables import TableModel, TableName

KEPT_FOR = timedelta(days=14)
"""EventBridge repeats an event for a day at most; a slot that waits for a week is too late."""


class ArrivedObject(TableModel):
    """An object of a burst of a job, where `place` is "<job> <when the burst began>"; or one writing of an object that has been
    counted for a job, where `place` is the job: its event may come again. `name` is a digest of what it is about."""

    class Meta:
        table_name = TableName("arrived-objects")

    place = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)
    key = UnicodeAttribute(null=True)
    ttl = NumberAttribute()


def burst_place(job_id: str, since: datetime) -> str:
    """The `place` of the objects of the burst of a job that began then."""
    return f"{job_id} {clock.text(since)}"
