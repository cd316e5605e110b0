"""Deliveries: what is told to a job's webhook is recorded before it is sent, so that it is not lost."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class _ByPending(GlobalSecondaryIndex["Delivery"]):
    """Sparse: only deliveries that were not received yet, and not given up, are in it."""

    class Meta:
        index_name = "by_pending"
        projection = AllProjection()

    pending = UnicodeAttribute(hash_key=True)
    due_at = TimeAttribute(range_key=True)


class _ByJob(GlobalSecondaryIndex["Delivery"]):
    class Meta:
        index_name = "by_job"
        projection = AllProjection()

    job_id = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Delivery(TableModel):
    """One event for one job's webhook. The id says what it is about, so the same occasion cannot make a second one.

    `due_at` is when it is sent next. `outcome` is what came of the last attempt, in words: "200 OK", "timed out".
    """

    class Meta:
        table_name = TableName("deliveries")

    id = UnicodeAttribute(hash_key=True)
    job_id = UnicodeAttribute()
    event = UnicodeAttribute()
    body = UnicodeAttribute()
    pending = UnicodeAttribute(null=True)
    due_at = TimeAttribute()
    attempts = NumberAttribute(default=0)
    outcome = UnicodeAttribute(default="")
    correlation = UnicodeAttribute(null=True)
    created_at = TimeAttribute()
    received_at = TimeAttribute(null=True)
    given_up_at = TimeAttribute(null=True)
    ttl = NumberAttribute(null=True)

    by_pending = _ByPending()
    by_job = _ByJob()
