"""Who holds a name that must be unique. A name is reserved in the same transaction that stores what bears it."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName


class Name(TableModel):
    """A name within a scope (all jobs, the clusters of one person), and the id of the record that holds it."""

    class Meta:
        table_name = TableName("names")

    scope = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(range_key=True)
    holder = UnicodeAttribute()


def taken(scope: str, beginning: str) -> set[str]:
    """The names of the scope that begin like this."""
    return {reserved.name for reserved in Name.query(scope, Name.name.startswith(beginning), consistent_read=True)}


def holder(scope: str, name: str) -> str | None:
    """The id of the record that holds the name, or None."""
    return next((reserved.holder for reserved in Name.query(scope, Name.name == name, consistent_read=True)), None)


def is_taken(scope: str, name: str) -> bool:
    return name in taken(scope, name)
