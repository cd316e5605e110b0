"""What lists read of clusters, jobs and runs: what their rows show, and what tells whether they need attention."""

from __future__ import annotations

CLUSTER_ROW = (
    "id", "identifier", "owner", "status", "size", "emr_release", "created_at", "ready_at", "expires_at", "finished_at",
    "idle_ends_at", "ended_by",
)  # fmt: skip
JOB_ROW = (
    "id", "identifier", "owner", "size", "schedule", "after", "after_outcome", "after_job", "after_deleted", "on_arrival",
    "quiet_minutes", "burst_since", "timezone", "start_date", "end_date", "is_enabled", "snoozed_until", "expired_at",
    "next_run_at", "active_run", "last_run", "last_run_status", "last_run_summary", "last_run_at", "modified_at",
)  # fmt: skip
RUN_ROW = (
    "id", "job_id", "job_identifier", "owner", "status", "status_reason", "trigger", "attempt", "attempts", "not_before",
    "cancelled_by", "created_at", "scheduled_at", "started_at", "finished_at", "diagnosis", "receipt", "per_hour",
    "promised_at", "unusual_from", "timezone",
)  # fmt: skip
