"""What each person has of what is limited, and their requests for more."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import TableModel, TableName, TimeAttribute


class UsageLimit(StrEnum):
    """What is limited for each person, by the names that the API has for it."""

    CLUSTERS = "clusters"
    """Clusters that have not ended."""
    WORKERS = "workers"
    """Workers of those clusters and of runs that have begun."""
    CLUSTER_HOURS = "cluster_hours"
    """Hours of one cluster's life, from its launch to its end, extensions included."""
    JOBS = "jobs"
    RUNS = "runs"
    """Runs at once."""


COUNTED = (UsageLimit.CLUSTERS, UsageLimit.WORKERS, UsageLimit.JOBS, UsageLimit.RUNS)
"""Those of which a person has a number; the others are about one thing at a time."""


class Usage(TableModel):
    """How much a person has of what is limited. Each number changes in the transaction of what it counts, and in no other way
    but by the sweep's recount. `version` counts the changes, `recounted` is the version that the sweep last counted jobs at.

    `grants` are the limits that were raised for this person until a moment: `{limit: {"most", "until", "by"}}`.
    """

    class Meta:
        table_name = TableName("usage")

    person = UnicodeAttribute(hash_key=True)
    clusters = NumberAttribute(default=0)
    workers = NumberAttribute(default=0)
    jobs = NumberAttribute(default=0)
    runs = NumberAttribute(default=0)
    grants = JSONAttribute(default=dict)
    version = NumberAttribute(default=0)
    recounted = NumberAttribute(null=True)
    changed_at = TimeAttribute(null=True)


class RequestStatus(StrEnum):
    """What has become of a request for more."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


class _ByOpen(GlobalSecondaryIndex["LimitRequest"]):
    """Sparse: only requests that nobody has answered are in it."""

    class Meta:
        index_name = "by_open"
        projection = AllProjection()

    open = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByPerson(GlobalSecondaryIndex["LimitRequest"]):
    class Meta:
        index_name = "by_person"
        projection = AllProjection()

    person = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class LimitRequest(TableModel):
    """Somebody needs more than a limit allows, `most` instead of it, until a moment, and why. The answer may differ from what
    was requested: `granted` and `granted_until`."""

    class Meta:
        table_name = TableName("limit-requests")

    id = UnicodeAttribute(hash_key=True)
    person = UnicodeAttribute()
    email = UnicodeAttribute()
    limit = UnicodeAttribute()
    most = NumberAttribute()
    until = TimeAttribute()
    reason = UnicodeAttribute()
    status = UnicodeAttribute(default=RequestStatus.OPEN)
    open = UnicodeAttribute(null=True)
    created_at = TimeAttribute()
    answered_by = UnicodeAttribute(null=True)
    answered_at = TimeAttribute(null=True)
    granted = NumberAttribute(null=True)
    granted_until = TimeAttribute(null=True)

    by_open = _ByOpen()
    by_person = _ByPerson()
