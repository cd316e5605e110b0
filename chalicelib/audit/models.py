"""The record of who did what to which object, when, and through which channel."""

from __future__ import annotations

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class _ByObject(GlobalSecondaryIndex["AuditEntry"]):
    class Meta:
        index_name = "by_object"
        projection = AllProjection()

    object_id = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class _ByActor(GlobalSecondaryIndex["AuditEntry"]):
    class Meta:
        index_name = "by_actor"
        projection = AllProjection()

    actor = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class _ByCorrelation(GlobalSecondaryIndex["AuditEntry"]):
    """Sparse: entries from before there were correlation ids are not in it."""

    class Meta:
        index_name = "by_correlation"
        projection = AllProjection()

    correlation = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)


class AuditEntry(TableModel):
    """One action and one object that it affected. Entries are only ever added: no function may change or delete them.

    `month` is 2026-11 and the like, in UTC; `position` is the time, made unique, which orders entries everywhere. `action` is one
    of chalicelib/identity/permissions.py, or what the system did by itself. `fields` are the names of what was changed, never
    values.
    """

    class Meta:
        table_name = TableName("audit")

    month = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(range_key=True)
    at = TimeAttribute()
    actor = UnicodeAttribute()
    channel = UnicodeAttribute()
    action = UnicodeAttribute()
    kind = UnicodeAttribute()
    object_id = UnicodeAttribute(null=True)
    object_name = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    fields: ListAttribute[str] = ListAttribute(null=True)
    correlation = UnicodeAttribute(null=True)
    ttl = NumberAttribute()

    by_object = _ByObject()
    by_actor = _ByActor()
    by_correlation = _ByCorrelation()
