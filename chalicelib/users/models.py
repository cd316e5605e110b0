"""People, their sessions and their API tokens. What is secret is stored as a digest only."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, ListAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.tables import TableName, TimeAttribute


class User(Model):
    """A person who has signed in at least once; groups are those of the last sign-in."""

    class Meta:
        table_name = TableName("users")

    username = UnicodeAttribute(hash_key=True)
    email = UnicodeAttribute()
    groups: ListAttribute[str] = ListAttribute(default=list)
    created_at = TimeAttribute()
    signed_in_at = TimeAttribute()


class Session(Model):
    """A browser's session, or a sign-in under way. The key is the digest of the secret in the cookie."""

    class Meta:
        table_name = TableName("sessions")

    digest = UnicodeAttribute(hash_key=True)
    username = UnicodeAttribute(null=True)
    content = JSONAttribute(default=dict)
    created_at = TimeAttribute()
    expires_at = TimeAttribute()
    ttl = NumberAttribute()


class _ByOwner(GlobalSecondaryIndex["Token"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Token(Model):
    """An API token. It is looked up by its digest, so the time a lookup takes tells nothing about it."""

    class Meta:
        table_name = TableName("tokens")

    digest = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    name = UnicodeAttribute()
    hint = UnicodeAttribute()
    created_at = TimeAttribute()
    expires_at = TimeAttribute()

    by_owner = _ByOwner()
