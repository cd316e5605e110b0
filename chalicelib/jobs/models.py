"""The records of jobs. A job is what shall run; a run (runs/models.py) is one time that it did."""

from __future__ import annotations

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.choices import Choice
from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import EVERYBODY, ChoiceAttribute, TableModel, TableName, TimeAttribute
from chalicelib.schedules.policies import AfterOutcome, Misfire, Overlap
from chalicelib.schedules.schedule import AFTER, Schedule

DUE_SHARDS = tuple(str(shard) for shard in range(4))
"""Jobs that are due are found in these partitions of the index; more of them spread more load."""


PROMISING = "yes"
"""The partition of the index in which all jobs are that promise something: each is looked at once a day."""


class Visibility(Choice):
    """Who may read the results of a job's runs, besides those who may see the job."""

    PRIVATE = "private", "Private"
    PUBLIC = "public", "Public: results only"
    PUBLIC_DETAILS = "public-details", "Public, with notebook, parameters and log"


class _ByEverybody(GlobalSecondaryIndex["Job"]):
    """One partition for all: people make jobs by the minute, not by the second."""

    class Meta:
        index_name = "by_everybody"
        projection = AllProjection()

    everybody = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByOwner(GlobalSecondaryIndex["Job"]):
    class Meta:
        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class _ByDue(GlobalSecondaryIndex["Job"]):
    """Sparse: only jobs that are scheduled are in it."""

    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    next_run_at = TimeAttribute(range_key=True)


class _ByAttention(GlobalSecondaryIndex["Job"]):
    """Sparse: only jobs whose owner should look at them are in it."""

    class Meta:
        index_name = "by_attention"
        projection = AllProjection()

    attention_of = UnicodeAttribute(hash_key=True)
    last_run_at = TimeAttribute(range_key=True)


class _ByPromise(GlobalSecondaryIndex["Job"]):
    """Sparse: only jobs that carry a promise are in it, by the moment at which the sweep looks whether they keep it."""

    class Meta:
        index_name = "by_promise"
        projection = KeysOnlyProjection()

    promising = UnicodeAttribute(hash_key=True)
    next_promise_at = TimeAttribute(range_key=True)


class _ByArrival(GlobalSecondaryIndex["Job"]):
    """Sparse: only jobs that start when objects arrive are in it."""

    class Meta:
        index_name = "by_arrival"
        projection = AllProjection()

    arrival_bucket = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class JobFields(TableModel):
    """What a job's record has under the names of its form (forms.py): all that its owner decides, but the notebook.

    `job_timeout` and `lateness_limit` are in hours, `retry_delay` is in minutes, times are UTC.
    """

    identifier = UnicodeAttribute()
    description = UnicodeAttribute()
    result_visibility = ChoiceAttribute(Visibility)
    size = NumberAttribute()
    schedule = UnicodeAttribute()
    after = UnicodeAttribute(null=True)
    after_outcome = ChoiceAttribute(AfterOutcome, default=AfterOutcome.SUCCESS)
    on_arrival = UnicodeAttribute(null=True)
    quiet_minutes = NumberAttribute(default=LIMITS.quiet.default)
    timezone = UnicodeAttribute()
    job_timeout = NumberAttribute()
    misfire = ChoiceAttribute(Misfire, default=Misfire.LATEST)
    lateness_limit = NumberAttribute(default=LIMITS.lateness.default)
    overlap = ChoiceAttribute(Overlap, default=Overlap.SKIP)
    promised_by = UnicodeAttribute(null=True)
    retries = NumberAttribute(default=LIMITS.retries.default)
    retry_delay = NumberAttribute(default=LIMITS.retry_delay.default)
    pause_after = NumberAttribute(default=LIMITS.pause_after.default)
    webhook_url = UnicodeAttribute(null=True)
    start_date = TimeAttribute()
    end_date = TimeAttribute(null=True)
    emr_release = UnicodeAttribute()
    parameters = JSONAttribute(default=dict)


FIELDS = tuple(name for name, attribute in vars(JobFields).items() if isinstance(attribute, Attribute))
"""Their names, in the form's order."""


class Job(JobFields):
    """A notebook and when to run it.

    `next_run_at` is when dispatch looks at the job next: its next slot, or its end date when no slot comes before that. It is
    not when the job runs next: that is `display.next_slot`, which the API calls next_run_at.
    `further_runs` are those beside `active_run`, the earliest first: they wait for it, or they go on at the same time.
    `late_since` is the first slot that was missed, until one is served in time again.
    `failures_in_a_row` counts incidents: slots, or runs asked for, that failed with all their attempts.
    `external_failures` of them were the fault of AWS or of the site, and do not count towards pausing the job.
    """

    class Meta:
        table_name = TableName("jobs")

    id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    owner_email = UnicodeAttribute()
    transfer_to = UnicodeAttribute(null=True)
    """Whom the owner has offered it to, until they accept or decline."""
    received_from = UnicodeAttribute(null=True)
    """Who offered it to its owner, who accepted; absent where somebody else decided."""
    everybody = UnicodeAttribute(default=EVERYBODY)

    notebook_name = UnicodeAttribute()
    notebook_key = UnicodeAttribute()
    notebook_version = UnicodeAttribute()
    notebook_number = NumberAttribute(default=1)
    commit = UnicodeAttribute(null=True)
    """Of the repository that the job was last changed from, if it was."""

    is_enabled = BooleanAttribute(default=True)
    snoozed_until = TimeAttribute(null=True)
    paused_by = UnicodeAttribute(null=True)
    pause_reason = UnicodeAttribute(default="")
    failures_in_a_row = NumberAttribute(default=0)
    external_failures = NumberAttribute(default=0)
    webhook_secret = UnicodeAttribute(null=True)
    expired_at = TimeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    next_run_at = TimeAttribute(null=True)
    late_since = TimeAttribute(null=True)

    promising = UnicodeAttribute(null=True)
    next_promise_at = TimeAttribute(null=True)
    broken_slot = TimeAttribute(null=True)
    """The slot whose broken promise was told last, until its result is there, or a later promise was fulfilled."""

    backfill = JSONAttribute(null=True)
    """Past slots that are being run (schedules/backfill.py); `backfill_step` counts its changes, `backfill_total` its slots, or
    those of the last one."""
    backfill_step = NumberAttribute(default=0)
    backfill_total = NumberAttribute(default=0)

    after_job = UnicodeAttribute(null=True)
    """The id of the job named by `after`, also when that was deleted."""
    after_deleted = UnicodeAttribute(null=True)
    """The id of a job that was deleted while this one waited for it."""
    followers: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    """The ids of the jobs that start after this one. Each joins in the transaction that makes it so."""
    arrivals: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    """Ends of runs of the job before that dispatch has yet to decide on (schedules/triggers.py)."""

    arrival_bucket = UnicodeAttribute(null=True)
    """The bucket of `on_arrival`."""
    burst_since = TimeAttribute(null=True)
    """When the first object arrived of those for which there is no run yet (schedules/bursts.py); `next_run_at` is when they get
    one, unless more arrive. `burst_objects` counts them."""
    burst_objects = NumberAttribute(null=True)

    active_run = UnicodeAttribute(null=True)
    further_runs: ListAttribute[str] = ListAttribute(null=True)
    last_run = UnicodeAttribute(null=True)
    last_run_status = UnicodeAttribute(null=True)
    last_run_summary = UnicodeAttribute(null=True)
    last_run_at = TimeAttribute(null=True)
    attention_of = UnicodeAttribute(null=True)
    """The owner, while the last run failed or timed out; absent otherwise. It changes with `last_run_status`."""

    created_at = TimeAttribute()
    modified_at = TimeAttribute()

    by_owner = _ByOwner()
    by_everybody = _ByEverybody()
    by_due = _ByDue()
    by_attention = _ByAttention()
    by_promise = _ByPromise()
    by_arrival = _ByArrival()

    @property
    def after_is_gone(self) -> bool:
        """Whether the job that this one starts after was deleted: nothing starts it until it is edited."""
        return bool(self.schedule == AFTER and self.after_deleted and self.after_deleted == self.after_job)

    @property
    def timing(self) -> Schedule:
        return Schedule(self.schedule, self.timezone, self.start_date, self.end_date)
