"""Every five minutes, what events and state machines may have missed of runs: live runs against EMR's listing."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws import emr, jobflows
from chalicelib.aws.jobflows import Jobflow
from chalicelib.core.tables import find
from chalicelib.jobflows.reconciliation import lost_launches, termination
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobflows.reconciliation.listing import GRACE, PATIENCE, Listing, is_going, is_named_as_ours
from chalicelib.runs import alerts, emr_sync, lifecycle, rules, run_queue
from chalicelib.runs.models import Run

COMPONENT = "job"
WAITS = ("await-start", "await-finish", "await-end")
"""What the state machine does while there is nothing for it to do."""


def live() -> list[Run]:
    """Every run that is not over, or whose cluster is not known to have ended."""
    return list(Run.by_live.query("yes"))


def sweep(runs: list[Run], listing: Listing, report: Report, now: datetime) -> None:
    """Bring every live run up to EMR's word, restart what stands still, and end clusters that are overdue."""
    for run in runs:
        with report.serving(run.id):
            _serve(run, listing, report, now)


def _serve(run: Run, listing: Listing, report: Report, now: datetime) -> None:
    if not is_named_as_ours(run.name, COMPONENT):
        report.add("foreign", "Left alone.", name=run.name, record=run.id, jobflow=run.jobflow_id)
        return
    if run.waits_for and not run.cancelled_by:
        if called := run_queue.repair(run, now):
            lifecycle.start(called)
        return
    if not run.jobflow_id and now - run.created_at > GRACE:
        _adopt(run, listing, report)
    jobflow = None if run.cluster_ended else _follow(run, listing, report, now)
    if machine_is_due(run, now):
        _make_up(run, jobflow, report, now)
    if (reason := rules.why_not_started(run, now)) and alerts.not_started(run, reason, now):
        report.add("not-started", "Its owner was told.", name=run.name, record=run.id)


def _make_up(run: Run, jobflow: Jobflow | None, report: Report, now: datetime) -> None:
    """The state machine should have acted: see to it that there is one, and do what is overdue in its place.

    Either ends the jobflow, if there is one; so it must be ours by its tags.
    """
    going = jobflow if jobflow and is_going(jobflow) else None
    if going and not termination.ours(going, report, run.id):
        return
    run.refresh(consistent_read=True)
    if run.live and (name := lifecycle.resume(run)):
        started = f"Its state machine was started as {name}."
        report.add("stalled", started, name=run.name, record=run.id, jobflow=run.jobflow_id)
    if going and (reason := overdue(run, now)):
        termination.end(going, "overdue", reason, report, run.id)


def _adopt(run: Run, listing: Listing, report: Report) -> None:
    """A run without a jobflow of whose name EMR has one: its launch was never put on record."""
    if jobflow := lost_launches.unrecorded(run, listing):
        lifecycle.launched(run, jobflow.created_at or run.created_at, jobflow.id)
        report.add("adopted", "Added to its record.", name=run.name, record=run.id, jobflow=jobflow.id)


def _follow(run: Run, listing: Listing, report: Report, now: datetime) -> Jobflow | None:
    """The run's jobflow, which the run is brought up to; None where there is none any more."""
    if not run.jobflow_id:
        return None
    jobflow = listing.get(run.jobflow_id) or emr.find(run.jobflow_id)
    if jobflow is None and now - (run.started_at or run.created_at) <= PATIENCE:
        return None
    if jobflow is None:
        reason = "EMR no longer knows the cluster."
        gone = Jobflow(run.jobflow_id, run.name, jobflows.TERMINATED, reason=reason, ended_at=now)
        emr_sync.apply_state(run, gone, now)
        report.add("forgotten", "Its cluster has ended.", name=run.name, record=run.id, jobflow=run.jobflow_id)
        return None
    had_ended = run.cluster_ended
    emr_sync.apply_state(run, jobflow, now)
    if run.cluster_ended and not had_ended and jobflow.ended_at and now - jobflow.ended_at > GRACE:
        learnt = "The run was told that its cluster has ended."
        report.add("event-lost", learnt, name=run.name, record=run.id, jobflow=jobflow.id)
    return jobflow


def machine_is_due(run: Run, now: datetime) -> bool:
    """Whether the state machine should be doing something about this run, rather than wait, and has had time to."""
    action = rules.next_action(run, now).action
    if action == "await-start" and not run.awaiting:
        return now - run.created_at > GRACE
    return now - (run.finished_at or rules.due(run)) > GRACE and action not in WAITS


def overdue(run: Run, now: datetime) -> str:
    """Why the run's cluster should have been ended long ago, or ""."""
    if run.cluster_ended or (run.cancelled_by and now < rules.deadline(run) and not run.is_final):
        return ""
    decision = rules.next_action(run, now - PATIENCE)
    return decision.reason if decision.action == "terminate" else ""


def claimed(runs: list[Run]) -> set[str]:
    """The jobflows that these runs stand for."""
    return {run.jobflow_id for run in runs if run.jobflow_id and not run.cluster_ended}


def why_nobodys(jobflow: Jobflow) -> str:
    """Why no live run stands for this jobflow, by the run that its tags name; "" when one does."""
    run = find(Run, jobflow.tags.get("Record") or "none")
    if run is None:
        return "there is no run of it"
    if not run.live:
        return "its run is over"
    if run.jobflow_id not in (None, jobflow.id):
        return f"its run's cluster is {run.jobflow_id}"
    return ""
