"""What admins decide for the whole site, as opposed to what a deployment is made with (chalicelib/config.py)."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.tables import TableName, TimeAttribute


class Setting(Model):
    """One named set of choices, such as "clusters", as its form stored it; by whom and when it was last changed."""

    class Meta:
        table_name = TableName("settings")

    name = UnicodeAttribute(hash_key=True)
    value = JSONAttribute()
    changed_by = UnicodeAttribute()
    changed_at = TimeAttribute()
