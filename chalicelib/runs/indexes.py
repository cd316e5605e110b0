"""By what runs are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from chalicelib.core.tables import TimeAttribute

if TYPE_CHECKING:
    from chalicelib.runs.models import Run  # noqa: F401 - named in quotes


class ByJob(GlobalSecondaryIndex["Run"]):
    class Meta:
        index_name = "by_job"
        projection = AllProjection()

    job_id = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class ByOwner(GlobalSecondaryIndex["Run"]):
    """By whom the job belonged to when the run was made, or when it was transferred; the job's record has the last word."""

    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class ByEverybody(GlobalSecondaryIndex["Run"]):
    """One partition for all: EMR launches one cluster in two seconds, so runs move slowly, however many are due at once.
    https://docs.aws.amazon.com/general/latest/gr/emr.html"""

    class Meta:
        index_name = "by_everybody"
        projection = AllProjection()

    everybody = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


OF_SLOTS = ("attempt", "created_at", "status", "trigger")
"""What the index of slots has of a run beside its keys: what became of it, and in which order runs of a slot were made."""


class BySlot(GlobalSecondaryIndex["Run"]):
    """Sparse: only runs of a slot are in it, skipped ones and all attempts included."""

    class Meta:
        index_name = "by_slot"
        projection = IncludeProjection(list(OF_SLOTS))

    job_id = UnicodeAttribute(hash_key=True)
    slot = TimeAttribute(range_key=True)


class ByJobflow(GlobalSecondaryIndex["Run"]):
    class Meta:
        index_name = "by_jobflow"
        projection = AllProjection()

    jobflow_id = UnicodeAttribute(hash_key=True)


class ByLive(GlobalSecondaryIndex["Run"]):
    """Sparse: only runs that are not over, or whose cluster is not known to have ended, are in it."""

    class Meta:
        index_name = "by_live"
        projection = AllProjection()

    live = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)
