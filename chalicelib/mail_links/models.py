"""The record of a mail's link that was used."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class UsedLink(TableModel):
    """A link that was used, by its id. Kept until the link has expired by itself."""

    class Meta:
        table_name = TableName("links")

    id = UnicodeAttribute(hash_key=True)
    used_at = TimeAttribute()
    ttl = NumberAttribute()
