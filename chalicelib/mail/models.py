"""The outbox: a mail is recorded before it is sent, so that it is neither lost nor sent twice."""

from __future__ import annotations

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute

WAITING, UNCONFIRMED = "yes", "unconfirmed"


class _ByPending(GlobalSecondaryIndex["Mail"]):
    """Sparse: only mails that SES has not taken yet, or of which nobody knows whether it has, are in it."""

    class Meta:
        index_name = "by_pending"
        projection = AllProjection()

    pending = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByCorrelation(GlobalSecondaryIndex["Mail"]):
    """Sparse: mails from before there were correlation ids are not in it."""

    class Meta:
        index_name = "by_correlation"
        projection = AllProjection()

    correlation = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Mail(TableModel):
    """One mail to one address. The id says what it is about, so the same occasion cannot make a second one."""

    class Meta:
        table_name = TableName("mails")

    id = UnicodeAttribute(hash_key=True)
    to = UnicodeAttribute()
    subject = UnicodeAttribute()
    text = UnicodeAttribute()
    html = UnicodeAttribute()
    pending = UnicodeAttribute(null=True)
    """WAITING to be sent, UNCONFIRMED when SES was asked and nobody knows its answer, None once it is sent."""
    claim = UnicodeAttribute(null=True)
    """Who is asking SES at present, or died of it; a random word for each attempt."""
    claimed_at = TimeAttribute(null=True)
    attempts = NumberAttribute(default=0)
    correlation = UnicodeAttribute(null=True)
    created_at = TimeAttribute()
    sent_at = TimeAttribute(null=True)

    by_pending = _ByPending()
    by_correlation = _ByCorrelation()
