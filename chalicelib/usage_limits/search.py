"""What requests of more are searched, filtered and sorted by, and who sees which."""

from __future__ import annotations

from chalicelib.core.pagination import LOOKED_AT, Page
from chalicelib.core.search import Fields, Search
from chalicelib.core.short_lists import search_all
from chalicelib.usage_limits import limit_requests
from chalicelib.usage_limits.models import LimitRequest, RequestStatus

FIELDS = Fields(
    texts=("limit", "reason", "person", "answered_by", "id"),
    filters={"status": lambda one: one.status, "person": lambda one: one.person},
    sorts=("most", "until", "person", "status"),
    choices={"status": RequestStatus},
)


def listing(person: str, answers: bool, limit: int, cursor: str | None, search: Search) -> Page[LimitRequest]:
    """A person's requests, for one who answers them after those of others that nobody has answered; the latest first unless the
    `search` says otherwise, among the latest `LOOKED_AT` of each.

    Raises:
        BadRequest: the cursor is not one that such a list returned.
    """
    own = limit_requests.of_person(person, LOOKED_AT + 1)
    others = [one for one in limit_requests.unanswered()[:LOOKED_AT] if one.person != person] if answers else []
    return search_all([*others, *own[:LOOKED_AT]], search, FIELDS, limit, cursor, len(own) <= LOOKED_AT)
