"""People, their sessions and their API tokens. What is secret is stored as a digest only."""

from __future__ import annotations

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute, new_id


class _ByUnsettled(GlobalSecondaryIndex["User"]):
    """Sparse: only people whose account was disabled just now are in it."""

    class Meta:
        index_name = "by_unsettled"
        projection = AllProjection()

    unsettled = UnicodeAttribute(hash_key=True)
    disabled_at = TimeAttribute(range_key=True)


class User(TableModel):
    """A person who has signed in at least once; `groups` are those of the last sign-in, `site_groups` those that admins and
    operators gave. No session from before `signed_out_at` counts any more, and nothing of somebody who is disabled.
    `unsettled` are those whose jobs may not all be paused yet."""

    class Meta:
        table_name = TableName("users")

    username = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute()
    groups: ListAttribute[str] = ListAttribute(default=list)
    created_at = TimeAttribute()
    signed_in_at = TimeAttribute()
    signed_out_at = TimeAttribute(null=True)
    news_seen = UnicodeAttribute(default="")
    site_groups: ListAttribute[str] = ListAttribute(null=True)
    disabled_at = TimeAttribute(null=True)
    disabled_by = UnicodeAttribute(null=True)
    disabled_reason = UnicodeAttribute(null=True)
    unsettled = UnicodeAttribute(null=True)
    end_clusters = BooleanAttribute(null=True)
    """Whether disabling the account was to end its clusters too."""
    offers: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    """What they have offered or were offered, and that waits for an answer (chalicelib/identity/standing_offers.py)."""

    by_unsettled = _ByUnsettled()

    @property
    def all_groups(self) -> frozenset[str]:
        """The groups that count, whoever gave them."""
        return frozenset(self.groups) | frozenset(self.site_groups or [])


class _ByUsername(GlobalSecondaryIndex["Session"]):
    class Meta:
        index_name = "by_username"
        projection = AllProjection()

    username = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Session(TableModel):
    """A browser's session, or a sign-in under way, which has no username. The key is the digest of the cookie's secret."""

    class Meta:
        table_name = TableName("sessions")

    digest = UnicodeAttribute(hash_key=True)
    username = UnicodeAttribute(null=True)
    content = JSONAttribute(default=dict)
    created_at = TimeAttribute()
    used_at = TimeAttribute(null=True)
    expires_at = TimeAttribute()
    browser = UnicodeAttribute(null=True)
    client_ip = UnicodeAttribute(null=True)
    ttl = NumberAttribute()

    by_username = _ByUsername()

    @property
    def id(self) -> str:
        """What pages call it."""
        return new_id("s", self.digest)


class _ByOwner(GlobalSecondaryIndex["Token"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Token(TableModel):
    """An API token. It is looked up by its digest, so the time a lookup takes tells nothing about it."""

    class Meta:
        table_name = TableName("tokens")

    digest = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    name = UnicodeAttribute()
    parent = UnicodeAttribute(null=True)
    """The id of the token that it was made with, which it does not outlive; None for one made in the portal."""
    hint = UnicodeAttribute()
    scope = UnicodeAttribute(default="write")
    created_at = TimeAttribute()
    expires_at = TimeAttribute()
    used_at = TimeAttribute(null=True)
    places: ListAttribute[str] = ListAttribute(null=True)
    """Digests of the places that it was used from (chalicelib/identity/token_places.py)."""
    ttl = NumberAttribute(null=True)

    by_owner = _ByOwner()

    @property
    def id(self) -> str:
        """What pages and the API call it."""
        return new_id("t", self.digest)
