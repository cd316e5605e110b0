"""The record of a cluster. Saving it never starts anything."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.aws import jobflows
from chalicelib.aws.jobflows import JobflowState
from chalicelib.core.choices import Choice
from chalicelib.core.tables import EVERYBODY, TableName, TimeAttribute
from chalicelib.jobflows.models import JobflowRecord


class ClusterStatus(StrEnum):
    """EMR's states, the one before EMR has heard of the cluster, and the one of those that it never launched."""

    REQUESTED = "REQUESTED"
    STARTING = JobflowState.STARTING
    BOOTSTRAPPING = JobflowState.BOOTSTRAPPING
    RUNNING = JobflowState.RUNNING
    WAITING = JobflowState.WAITING
    TERMINATING = JobflowState.TERMINATING
    FAILED_TO_LAUNCH = "FAILED_TO_LAUNCH"
    TERMINATED = JobflowState.TERMINATED
    TERMINATED_WITH_ERRORS = JobflowState.TERMINATED_WITH_ERRORS


FINAL = frozenset({ClusterStatus.TERMINATED, ClusterStatus.TERMINATED_WITH_ERRORS, ClusterStatus.FAILED_TO_LAUNCH})
ORDER = tuple(status for status in ClusterStatus if status not in FINAL)
"""The statuses of a live cluster in the order they are passed through; a status never moves back."""


class StateFilter(Choice):
    """What lists are filtered by."""

    ACTIVE = "active"
    TERMINATED = "terminated", "Ended"
    FAILED = "failed"
    ALL = "all"


def state_of(status: str) -> StateFilter:
    """The filter that a status falls under: active, terminated or failed."""
    if status not in FINAL:
        return StateFilter.ACTIVE
    return StateFilter.TERMINATED if status == ClusterStatus.TERMINATED else StateFilter.FAILED


class _ByEverybody(GlobalSecondaryIndex["Cluster"]):
    """One partition for all: people make clusters by the minute, not by the second."""

    class Meta:
        index_name = "by_everybody"
        projection = AllProjection()

    everybody = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByOwner(GlobalSecondaryIndex["Cluster"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByOwnerState(GlobalSecondaryIndex["Cluster"]):
    class Meta:
        index_name = "by_owner_state"
        projection = AllProjection()

    owner_state = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByJobflow(GlobalSecondaryIndex["Cluster"]):
    class Meta:
        index_name = "by_jobflow"
        projection = AllProjection()

    jobflow_id = UnicodeAttribute(hash_key=True)


class _ByLive(GlobalSecondaryIndex["Cluster"]):
    """Sparse: only clusters that have not ended, or whose end is still to be concluded, are in it."""

    class Meta:
        index_name = "by_live"
        projection = AllProjection()

    live = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Cluster(JobflowRecord):
    """One cluster that somebody asked for, from the request to long after its end. Times are UTC, lifetimes hours."""

    class Meta:
        table_name = TableName("clusters")

    final_statuses = FINAL

    identifier = UnicodeAttribute()
    owner_email = UnicodeAttribute()
    transfer_to = UnicodeAttribute(null=True)
    """Whom the owner has offered it to, until they accept or decline."""
    received_from = UnicodeAttribute(null=True)
    """Who offered it to its owner, who accepted; absent where somebody else decided."""
    owner_state = UnicodeAttribute()
    everybody = UnicodeAttribute(default=EVERYBODY)

    size = NumberAttribute()
    idle_minutes = NumberAttribute(null=True)
    """How long it may be unused before it ends; None for clusters that were launched without an agent."""
    lifetime = NumberAttribute()
    lifetime_extension_count = NumberAttribute(default=0)
    emr_release = UnicodeAttribute()
    ssh_key = UnicodeAttribute()
    public_key = UnicodeAttribute()
    spot_timeout = NumberAttribute(null=True)
    """Minutes that EMR waits for spot instances; None where all machines are on demand."""
    efs = UnicodeAttribute(null=True)
    """The file system that keeps the owner's home directory from one cluster to the next, if there is one."""

    status = UnicodeAttribute(default=ClusterStatus.REQUESTED)
    master_address = UnicodeAttribute(null=True)
    master_instance = UnicodeAttribute(null=True)
    """EC2's id of the master, by which Session Manager knows it; None until EMR says it is ready."""
    hourly_weight = NumberAttribute(null=True)
    """What each hour counts in normalized instance hours, by what EMR was asked for; the estimate until EMR gives its own."""
    instance_hours = NumberAttribute(null=True)
    spot_machines = JSONAttribute(null=True)
    """The workers on spot by type, with what one costs an hour there and on demand; None on demand, and until it is known."""
    reason_code = UnicodeAttribute(null=True)
    error_code = UnicodeAttribute(null=True)
    """EMR's codes for its end: the reason's, and the first of its ErrorDetails."""
    ended_by = UnicodeAttribute(null=True)
    """Who asked EMR to end it: a person's user name, or `audit.context.SYSTEM_ACTOR`; None when neither did."""

    ready_at = TimeAttribute(null=True)
    expires_at = TimeAttribute()
    ending_at = TimeAttribute(null=True)
    warned_for = TimeAttribute(null=True)
    used_at = TimeAttribute(null=True)
    """The last use that its agent has reported, as far as reports were read."""
    kept_at = TimeAttribute(null=True)
    """When somebody last said that they want it, though nobody used it."""
    idle_ends_at = TimeAttribute(null=True)
    """When it ends because nobody uses it, of which its owner was warned; None while it is not about to."""
    finished_at = TimeAttribute(null=True)

    by_owner = _ByOwner()
    by_everybody = _ByEverybody()
    by_owner_state = _ByOwnerState()
    by_jobflow = _ByJobflow()
    by_live = _ByLive()

    @property
    def is_active(self) -> bool:
        """Whether it can still be used or become usable: neither ended nor ending."""
        return not self.is_final and self.status != ClusterStatus.TERMINATING

    @property
    def ended_idle(self) -> bool:
        """Whether atmo ended it because nobody used it."""
        by_atmo = self.is_final and self.ended_by == SYSTEM_ACTOR and bool(self.idle_ends_at)
        return by_atmo and self.finished_at is not None and self.finished_at >= self.idle_ends_at

    @property
    def is_ready(self) -> bool:
        return self.status in jobflows.READY
