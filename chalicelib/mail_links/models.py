"""The record of a mail's link that was used."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.core.tables import TableName, TimeAttribute


class UsedLink(Model):
    """A link that was used, by its id. Kept until the link has expired by itself."""

    class Meta:
        table_name = TableName("links")

    id = UnicodeAttribute(hash_key=True)
    used_at = TimeAttribute()
    ttl = NumberAttribute()
