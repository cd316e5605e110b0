"""Every five minutes, what events and state machines may have missed of runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from chalicelib.aws.jobflows import Jobflow
from chalicelib.core.rows import as_rows
from chalicelib.core.tables import find
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobflows.reconciliation.listing import EVENTS_WITHIN, TAKEOVER_AFTER, Listing
from chalicelib.jobflows.sweep import Sweep
from chalicelib.runs import emr_sync, rules, run_queue
from chalicelib.runs.machine import MACHINE
from chalicelib.runs.models import Run

WAITS = ("await-start", "await-finish", "await-end")
"""What the state machine does while there is nothing for it to do."""


class RunSweep(Sweep[Run]):
    """The runs of jobs."""

    component = "job"

    def live(self) -> list[Run]:
        """Every run that has not finished, or whose cluster is not known to have ended."""
        return list(Run.by_live.query("yes"))

    def rows(self, shows: Sequence[str]) -> list[Run]:
        """The same with these attributes alone (chalicelib/core/rows.py)."""
        return as_rows(Run.by_live.query("yes", attributes_to_get=list(shows)), shows)

    def serve(self, record: Run, listing: Listing, report: Report, now: datetime) -> None:
        """A run that waits for another has neither jobflow nor machine yet, unless somebody cancelled it."""
        if record.waits_for and not record.cancelled_by:
            if next_run := run_queue.repair(record, now):
                MACHINE.start(next_run)
            return
        super().serve(record, listing, report, now)
        if reason := rules.why_not_started(record, now):
            _tell_not_started(record, reason, report, now)

    def has_ended(self, record: Run) -> bool:
        return record.cluster_ended

    def record_launch(self, record: Run, at: datetime, jobflow_id: str) -> object:
        from chalicelib.runs import lifecycle  # all tasks, for a launch that was lost

        return lifecycle.store_jobflow(record, at, jobflow_id)

    def resume(self, record: Run, before: Callable[[str], None]) -> str:
        return MACHINE.resume(record, before)

    def apply_state(self, record: Run, jobflow: Jobflow, now: datetime) -> str:
        had_ended = record.cluster_ended
        emr_sync.apply_state(record, jobflow, now)
        if record.cluster_ended and not had_ended and jobflow.ended_at and now - jobflow.ended_at > EVENTS_WITHIN:
            return "The run now knows that its cluster has ended."
        return ""

    def machine_is_due(self, record: Run, now: datetime) -> bool:
        action = rules.next_action(record, now).action
        if action == "await-start" and not record.awaiting:
            return now - record.created_at > EVENTS_WITHIN
        return now - (record.finished_at or rules.due(record)) > EVENTS_WITHIN and action not in WAITS

    def overdue(self, record: Run, now: datetime) -> str:
        if record.cluster_ended or (record.cancelled_by and now < rules.deadline(record) and not record.is_final):
            return ""
        decision = rules.next_action(record, now - TAKEOVER_AFTER)
        return decision.reason if decision.action == "terminate" else ""

    def why_unclaimed(self, jobflow: Jobflow) -> str:
        run = find(Run, jobflow.tags.get("Record") or "none")
        if run is None:
            return "there is no run of it"
        if not run.live:
            return "its run is over"
        if run.jobflow_id not in (None, jobflow.id):
            return f"its run's cluster is {run.jobflow_id}"
        return ""


def _tell_not_started(run: Run, reason: str, report: Report, now: datetime) -> None:
    from chalicelib.runs import alerts  # mails and webhooks, for runs that wait for too long

    if alerts.tell_not_started(run, reason, now):
        report.add("not-started", "Its owner was told.", name=run.name, record=run.id)


SWEEP = RunSweep()
