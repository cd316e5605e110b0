"""What the versions of a job's notebook are searched and sorted by."""

from __future__ import annotations

from chalicelib.core.pagination import LOOKED_AT, Page
from chalicelib.core.search import Fields, Search
from chalicelib.core.short_lists import search_all
from chalicelib.notebooks import versions
from chalicelib.notebooks.models import NotebookVersion

FIELDS = Fields(texts=("name", "uploaded_by", "number_text"), sorts=("name", "uploaded_by", "size"))


def listing(job_id: str, limit: int, cursor: str | None, search: Search) -> Page[NotebookVersion]:
    """The versions of a job's notebook, the latest first unless the `search` says otherwise; among the latest `LOOKED_AT`.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    read = versions.listing(job_id, LOOKED_AT + 1)
    return search_all(read[:LOOKED_AT], search, FIELDS, limit, cursor, len(read) <= LOOKED_AT)
