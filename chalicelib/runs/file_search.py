"""Looking through the files that a run left, by words in their names: S3 lists them by name, and in no other order."""

from __future__ import annotations

from chalicelib.core.pagination import Page, search_pages
from chalicelib.core.search import EVERYTHING, Fields, Search, matches
from chalicelib.runs import publication, results
from chalicelib.runs.models import Run
from chalicelib.runs.publication import Access
from chalicelib.runs.results import Result

FIELDS = Fields(texts=("name",), is_sorted=False, order="name")


def listing(
    run: Run, access: Access, limit: int, cursor: str | None = None, search: Search = EVERYTHING
) -> Page[Result]:
    """Those of the run's files that somebody with this `access` may read, by name, and of them those that are looked for, among so
    many at a time (`core/pagination.LOOKED_AT`). A page may be short and have a next one.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
        Unavailable: S3 does not answer.
    """

    def read(limit: int, cursor: str | None) -> Page[Result]:
        page = results.listing(run, limit, cursor)
        return Page([file for file in page.items if publication.is_shown(access, file.name)], page.next)

    if search.is_blank:
        return read(limit, cursor)
    return search_pages(
        read, lambda file: matches(file, search, FIELDS), lambda file: results.cursor_of(file.name), limit, cursor
    )
