"""The records of the notebooks that jobs had."""

from __future__ import annotations

from datetime import datetime

from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class NotebookVersion(TableModel):
    """One notebook that a job had, numbered from 1. Made with the job's change in one transaction; never changed."""

    class Meta:
        table_name = TableName("notebook-versions")

    job_id = UnicodeAttribute(hash_key=True)
    number = NumberAttribute(range_key=True)
    name = UnicodeAttribute()
    key = UnicodeAttribute()
    version = UnicodeAttribute()
    size = NumberAttribute()
    uploaded_by = UnicodeAttribute()
    uploaded_at = TimeAttribute()

    @property
    def created_at(self) -> datetime:
        """When it was made, by the name that lists are searched by."""
        return self.uploaded_at

    @property
    def number_text(self) -> str:
        """Its number as people write it."""
        return str(int(self.number))
