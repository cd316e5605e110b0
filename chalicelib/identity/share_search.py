"""What shares of one cluster or job are searched, filtered and sorted by."""

from __future__ import annotations

from chalicelib.core.pagination import Page
from chalicelib.core.search import Fields, Search
from chalicelib.core.short_lists import search_all
from chalicelib.identity import shares
from chalicelib.identity.permissions import ShareLevel
from chalicelib.identity.share_models import Share

KINDS = ("person", "group")
FIELDS = Fields(
    texts=("name", "level", "shared_by"),
    filters={"kind": lambda share: share.kind, "level": lambda share: share.level},
    sorts=("name", "level", "shared_by"),
    choices={"kind": KINDS, "level": ShareLevel},
)


def listing(object_id: str, limit: int, cursor: str | None, search: Search) -> Page[Share]:
    """With whom an object is shared, the latest first unless the `search` says otherwise.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    held = sorted(shares.of(object_id), key=lambda share: share.created_at, reverse=True)
    return search_all(held, search, FIELDS, limit, cursor)
