"""How often somebody failed to show who they are."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName


class Failures(TableModel):
    """The failed attempts of one kind, from one network, within one minute. DynamoDB deletes it soon after."""

    class Meta:
        table_name = TableName("failures")

    window = UnicodeAttribute(hash_key=True)
    failed = NumberAttribute()
    ttl = NumberAttribute()
