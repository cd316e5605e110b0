"""The record of who did what, when, to which object, by which door."""

from __future__ import annotations

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class _ByObject(GlobalSecondaryIndex["Entry"]):
    class Meta:
        index_name = "by_object"
        projection = AllProjection()

    object_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class _ByPerson(GlobalSecondaryIndex["Entry"]):
    class Meta:
        index_name = "by_person"
        projection = AllProjection()

    who = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class Entry(TableModel):
    """One deed and one object that it was done to. Entries are only ever added: no function may change or delete them.

    `day` is the date in UTC; `place` is the time, made unique, by which entries are in order everywhere. `action` is one of
    chalicelib/identity/permissions.py, or what the system did by itself. `fields` are the names of what was changed, never values.
    """

    class Meta:
        table_name = TableName("audit")

    day = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)
    at = TimeAttribute()
    who = UnicodeAttribute()
    door = UnicodeAttribute()
    action = UnicodeAttribute()
    kind = UnicodeAttribute()
    object_id = UnicodeAttribute(null=True)
    object_name = UnicodeAttribute(null=True)
    gist = UnicodeAttribute()
    fields: ListAttribute[str] = ListAttribute(null=True)
    ttl = NumberAttribute()

    by_object = _ByObject()
    by_person = _ByPerson()
