"""EMR releases as data: which are offered, and how they are marked."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class Release(TableModel):
    """One EMR release, such as 7.9.0. Releases that are not active are not offered."""

    class Meta:
        table_name = TableName("releases")

    version = UnicodeAttribute(hash_key=True)
    changelog_url = UnicodeAttribute()
    help_text = UnicodeAttribute(default="")
    is_active = BooleanAttribute(default=True)
    is_experimental = BooleanAttribute(default=False)
    is_deprecated = BooleanAttribute(default=False)
    modified_at = TimeAttribute(null=True)
    """None while nobody has changed it since it was added."""
