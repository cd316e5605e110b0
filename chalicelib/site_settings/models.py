"""What admins decide for the whole site, as opposed to what a deployment is made with (chalicelib/core/config.py)."""

from __future__ import annotations

from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.core.tables import TableModel, TableName, TimeAttribute

HISTORY_LENGTH = 50
"""Changes that are kept of each set of choices."""


class Setting(TableModel):
    """One named set of choices, such as "site", as its form stored it; by whom and when it was last changed.

    `history` has the latest changes, the newest first: `{"by", "at", "changes": {field: [before, after]}}`.
    """

    class Meta:
        table_name = TableName("settings")

    name = UnicodeAttribute(hash_key=True)
    value = JSONAttribute()
    changed_by = UnicodeAttribute()
    changed_at = TimeAttribute()
    history = JSONAttribute(default=list)


def unchanged_since(stored: Setting | None) -> Condition:
    """The condition that a set of choices is as it was read, or that there is none yet."""
    unchanged: Condition = Setting.changed_at == stored.changed_at if stored else Setting.name.does_not_exist()
    return unchanged


def history_after(
    stored: Setting | None, before: dict[str, Any], after: dict[str, Any], by: str, at: str
) -> list[dict[str, Any]]:
    """The history with one more change in it, if there is one; the oldest are forgotten."""
    changes = {name: [before.get(name), value] for name, value in after.items() if before.get(name) != value}
    earlier = list(stored.history) if stored else []
    return ([{"by": by, "at": at, "changes": changes}] if changes else []) + earlier[: HISTORY_LENGTH - 1]
