"""The record of what an owner shares with whom."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class _ByGrantee(GlobalSecondaryIndex["Share"]):
    class Meta:
        index_name = "by_grantee"
        projection = AllProjection()

    grantee = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Share(TableModel):
    """A cluster or job that its owner shares with a person or a group, for a level of chalicelib/identity/permissions.py.

    `grantee` is "person:bob" or "group:science". Whoever may see a job may see its runs. Shares are deleted with their job:
    its runs are the owner's alone from then on.
    """

    class Meta:
        table_name = TableName("shares")

    object_id = UnicodeAttribute(hash_key=True)
    grantee = UnicodeAttribute(range_key=True)
    level = UnicodeAttribute()
    shared_by = UnicodeAttribute()
    created_at = TimeAttribute()

    by_grantee = _ByGrantee()

    @property
    def kind(self) -> str:
        """ "person" or "group"."""
        return self.grantee.partition(":")[0]

    @property
    def name(self) -> str:
        """Whose name or which group's name it is."""
        return self.grantee.partition(":")[2]
