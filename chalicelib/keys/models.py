"""The record of an SSH public key."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute
from chalicelib.keys import rules


class _ByOwner(GlobalSecondaryIndex["SSHKey"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class SSHKey(TableModel):
    """A public key of one owner. The id is made of owner and fingerprint, so the same key cannot be stored twice."""

    class Meta:
        table_name = TableName("keys")

    id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    title = UnicodeAttribute()
    key = UnicodeAttribute()
    kind = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    created_at = TimeAttribute()

    by_owner = _ByOwner()

    @property
    def fingerprint_md5(self) -> str:
        """As older tools write it: MD5 and hexadecimal."""
        return rules.fingerprint_md5(self.key)
