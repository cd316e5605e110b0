"""Every five minutes, what events and state machines may have missed of clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.aws import jobflows
from chalicelib.aws.jobflows import Jobflow
from chalicelib.clusters import emr_sync, idle_rules, rules, savings
from chalicelib.clusters.machine import MACHINE
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.core import correlation
from chalicelib.core.rows import as_rows
from chalicelib.core.tables import find
from chalicelib.jobflows import spot
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobflows.reconciliation.listing import EVENTS_WITHIN, TAKEOVER_AFTER
from chalicelib.jobflows.sweep import Sweep


class ClusterSweep(Sweep[Cluster]):
    """The clusters of people."""

    component = "cluster"

    def live(self) -> list[Cluster]:
        """Every cluster that has not ended, or whose end the state machine has still to conclude."""
        return list(Cluster.by_live.query("yes"))

    def rows(self, shows: Sequence[str]) -> list[Cluster]:
        """The same with these attributes alone (chalicelib/core/rows.py)."""
        return as_rows(Cluster.by_live.query("yes", attributes_to_get=list(shows)), shows)

    def has_ended(self, record: Cluster) -> bool:
        return record.is_final

    def record_launch(self, record: Cluster, at: datetime, jobflow_id: str) -> object:
        from chalicelib.clusters import lifecycle  # all tasks, for a launch that was lost

        return lifecycle.store_jobflow(record, at, jobflow_id)

    def resume(self, record: Cluster, before: Callable[[str], None]) -> str:
        return MACHINE.resume(record, before)

    def apply_state(self, record: Cluster, jobflow: Jobflow, now: datetime) -> str:
        before = record.status
        emr_sync.apply_state(record, jobflow, now)
        if record.spot_timeout and not record.is_final:
            spot.explain(record, now)
            savings.take_stock(record, now)
        if event_was_lost(before, record.status, jobflow, now):
            return f"The record moved from {before} to {record.status}."
        return ""

    def machine_is_due(self, record: Cluster, now: datetime) -> bool:
        since = (record.finished_at if record.is_final else record.ending_at) or record.created_at
        return now - since > EVENTS_WITHIN and rules.next_action(record, now).action not in (
            "await-ready",
            "await-expiry",
        )

    def overdue(self, record: Cluster, now: datetime) -> str:
        if record.is_final or now - (record.ending_at or record.created_at) <= TAKEOVER_AFTER:
            return ""
        if idle_rules.has_idled_out(record, now) and now < record.expires_at:
            return ""  # only the machine ends it for that, having read its agent's report once more
        decision = rules.next_action(record, now - TAKEOVER_AFTER)
        return decision.reason if decision.action == "terminate" else ""

    def mark_ending(self, record: Cluster, reason: str) -> str:
        emr_sync.set_status(record, ClusterStatus.TERMINATING, reason, more=[Cluster.ended_by.set(SYSTEM_ACTOR)])
        return record.status_reason

    def why_unclaimed(self, jobflow: Jobflow) -> str:
        cluster = find(Cluster, jobflow.tags.get("Record") or "none")
        if cluster is None:
            return "there is no record of it"
        if cluster.is_final:
            return "its record has ended"
        if cluster.jobflow_id not in (None, jobflow.id):
            return f"its record's cluster is {cluster.jobflow_id}"
        return ""


SWEEP = ClusterSweep()


def event_was_lost(before: str, status: str, jobflow: Jobflow, now: datetime) -> bool:
    """Whether EMR announced this change some time ago but the event never came. Between launch and ready it announces nothing."""
    if before == status or (status in jobflows.READY and before in jobflows.READY):
        return False
    announced = jobflow.ready_at if status in jobflows.READY else jobflow.ended_at
    return announced is not None and now - announced > EVENTS_WITHIN


def warn(clusters: list[Cluster], report: Report, now: datetime) -> None:
    """Tell the owners of clusters that expire within the hour."""
    for cluster in clusters:
        with correlation.within(cluster.correlation), report.serving(cluster.id):
            if rules.warning_due(cluster, now):
                cluster.refresh(consistent_read=True)
            if rules.warning_due(cluster, now):
                from chalicelib.clusters import mails  # with prices and receipts; most sweeps warn nobody

                mails.post_expiry_warning(cluster, now)
                cluster.update([Cluster.warned_for.set(cluster.expires_at)])
