"""The records of runs: what a job ran, one time that it did."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute

from chalicelib.aws import jobflows
from chalicelib.core.choices import Choice
from chalicelib.core.limits import LIMITS
from chalicelib.core.tables import EVERYBODY, Key, TableName, TimeAttribute
from chalicelib.jobflows.models import JobflowRecord
from chalicelib.jobs.models import Job
from chalicelib.runs import indexes


class RunStatus(StrEnum):
    """What has become of a run so far. The runner on the cluster has some of these words too (emr/outcome.py)."""

    QUEUED = "QUEUED"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    CANCELLED = "CANCELLED"
    SKIPPED = "SKIPPED"


ORDER = (RunStatus.QUEUED, RunStatus.STARTING, RunStatus.RUNNING)
"""The statuses of a run that is not over, in the order they are passed through; a status never moves back."""
FINAL = frozenset(RunStatus) - set(ORDER)


UNSUCCESSFUL = frozenset({RunStatus.FAILED, RunStatus.TIMED_OUT})
"""The statuses of a run that somebody should look at."""


class Trigger(Choice):
    """Why a run was made."""

    SCHEDULE = "schedule", "On schedule"
    MANUAL = "manual", "Run now"
    RETRY = "retry", "Retry"
    REPAIR = "repair", "Run again, mended"
    BACKFILL = "backfill", "Backfill"
    AFTER = "after", "After another job"
    OBJECTS = "objects", "Objects that arrived"


class Run(JobflowRecord):
    """One run of a job, with what it ran: the job may be edited or deleted meanwhile. `timeout` is in hours.

    `files_left_out` are files of the notebook's that could not be stored, `{"name", "reason"}` each, or None; `spark_use` is what
    its Spark used of the cluster, once it has succeeded (chalicelib/runs/reported.py).

    `counted` are those that have their place among their owner's runs at once, until they are over.
    A queued run has `waits_for`, the run before it, until its turn comes, which then is its `not_before`.
    `slot` is the moment of the schedule that the run is for; a manual run has none. It covers what came since `previous_slot`,
    the slot before by the schedule. `timezone` was the job's when the run was made.
    Each attempt is a run of its own. The first one's `first_run` is empty; all have the same `scheduled_at`, and one that
    waits for its turn has `not_before`. `retry` is the attempt after this one, `previous_run` the run of the job that was
    launched last before this one, or that it waits for, if any. `alerts` are what its outcome made worth
    telling, and `failures_in_a_row` how many failures of the job that concerns: decided once, with the outcome, and told
    from the record until they are in the outbox.
    """

    class Meta:
        table_name = TableName("runs")

    final_statuses = FINAL

    def decided_by(self) -> list[Key]:
        """Its job: a run belongs to the job's owner, who may have changed since it ran."""
        return [(Job, self.job_id)]

    job_id = UnicodeAttribute()
    job_identifier = UnicodeAttribute()
    owner_email = UnicodeAttribute()
    everybody = UnicodeAttribute(default=EVERYBODY)

    trigger = UnicodeAttribute()
    attempt = NumberAttribute(default=1)
    waits_for = UnicodeAttribute(null=True)
    counted = BooleanAttribute(null=True)
    attempts = NumberAttribute(default=1)
    first_run = UnicodeAttribute(null=True)
    repair_of = UnicodeAttribute(null=True)
    """The run that this one runs again, with a newer notebook."""
    backfill = UnicodeAttribute(null=True)
    """The backfill that it belongs to: it runs beside the runs of the job's schedule."""
    after = UnicodeAttribute(null=True)
    """The identifier of the job after whose run this one starts; `after_run` is that run, and `after_slot` its slot, or, of a run
    without one, the slot that started the chain."""
    after_run = UnicodeAttribute(null=True)
    after_slot = TimeAttribute(null=True)
    on_arrival = UnicodeAttribute(null=True)
    """Where the `objects`, so many, arrived in S3 that this run is for; `keys` are the first of them, and `keys_file` has all of
    them in the results' bucket, unless these are all."""
    objects = NumberAttribute(null=True)
    keys = JSONAttribute(null=True)
    keys_file = UnicodeAttribute(null=True)
    starts = JSONAttribute(null=True)
    """The ids of the jobs that start after this run: decided with its outcome."""
    retry = UnicodeAttribute(null=True)
    previous_run = UnicodeAttribute(null=True)
    retry_delay = NumberAttribute(default=LIMITS.retry_delay.default)
    not_before = TimeAttribute(null=True)
    alerts = JSONAttribute(default=list)
    failures_in_a_row = NumberAttribute(default=0)
    size = NumberAttribute()
    emr_release = UnicodeAttribute()
    timeout = NumberAttribute()
    notebook_name = UnicodeAttribute()
    notebook_key = UnicodeAttribute()
    notebook_version = UnicodeAttribute()
    notebook_number = NumberAttribute(default=1)
    commit = UnicodeAttribute(null=True)
    parameters = JSONAttribute(default=dict)
    result_visibility = UnicodeAttribute()

    status = UnicodeAttribute()
    cluster_state = UnicodeAttribute(null=True)
    cluster_code = UnicodeAttribute(default="")
    cluster_reason = UnicodeAttribute(default="")
    cluster_error_code = UnicodeAttribute(default="")
    step_state = UnicodeAttribute(null=True)
    cancelled_by = UnicodeAttribute(null=True)
    failed_cell = NumberAttribute(null=True)
    diagnosis = JSONAttribute(null=True)
    files_left_out = JSONAttribute(null=True)
    spark_use = JSONAttribute(null=True)
    instance_hours = NumberAttribute(null=True)

    scheduled_at = TimeAttribute()
    slot = TimeAttribute(null=True)
    previous_slot = TimeAttribute(null=True)
    timezone = UnicodeAttribute(default="UTC")
    ready_at = TimeAttribute(null=True)
    finished_at = TimeAttribute(null=True)
    promised_at = TimeAttribute(null=True)
    """By when the result of its slot was promised as the run was made; absent where it was not."""
    unusual_from = TimeAttribute(null=True)
    """From when on it takes unusually long, by the job's earlier runs; absent until it has run for a while."""

    by_job = indexes.ByJob()
    by_owner = indexes.ByOwner()
    by_everybody = indexes.ByEverybody()
    by_slot = indexes.BySlot()
    by_jobflow = indexes.ByJobflow()
    by_live = indexes.ByLive()

    @property
    def cluster_ended(self) -> bool:
        return self.cluster_state in jobflows.ENDED

    @property
    def results_prefix(self) -> str:
        """Where in the results bucket this run's files are; no other run writes there."""
        return f"runs/{self.job_id}/{self.id}/"
