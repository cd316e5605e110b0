"""Every five minutes, what events and state machines may have missed of clusters: live records against EMR's listing."""

from __future__ import annotations

from datetime import datetime

from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.aws import emr, jobflows
from chalicelib.aws.jobflows import Jobflow
from chalicelib.clusters import emr_sync, lifecycle, mails, rules, savings
from chalicelib.clusters.models import Cluster
from chalicelib.core.tables import find
from chalicelib.jobflows import spot
from chalicelib.jobflows.reconciliation import lost_launches, termination
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobflows.reconciliation.listing import GRACE, PATIENCE, Listing, is_going, is_named_as_ours

COMPONENT = "cluster"


def live() -> list[Cluster]:
    """Every cluster that has not ended, or whose end the state machine has still to conclude."""
    return list(Cluster.by_live.query("yes"))


def sweep(clusters: list[Cluster], listing: Listing, report: Report, now: datetime) -> None:
    """Bring every live record up to EMR's word, restart what stands still, and end what is overdue."""
    for cluster in clusters:
        with report.serving(cluster.id):
            _serve(cluster, listing, report, now)


def _serve(cluster: Cluster, listing: Listing, report: Report, now: datetime) -> None:
    if not is_named_as_ours(cluster.name, COMPONENT):
        report.add("foreign", "Left alone.", name=cluster.name, record=cluster.id, jobflow=cluster.jobflow_id)
        return
    if not cluster.jobflow_id and now - cluster.created_at > GRACE:
        _adopt(cluster, listing, report)
    jobflow = None if cluster.is_final else _follow(cluster, listing, report, now)
    if machine_is_due(cluster, now):
        _make_up(cluster, jobflow, report, now)


def _make_up(cluster: Cluster, jobflow: Jobflow | None, report: Report, now: datetime) -> None:
    """The state machine should have acted: see to it that there is one, and do what is overdue in its place.

    Either ends the jobflow, if there is one; so it must be ours by its tags.
    """
    going = jobflow if jobflow and is_going(jobflow) else None
    if going and not termination.ours(going, report, cluster.id):
        return
    cluster.refresh(consistent_read=True)
    if cluster.live and (name := lifecycle.resume(cluster)):
        started = f"Its state machine was started as {name}."
        report.add("stalled", started, name=cluster.name, record=cluster.id, jobflow=cluster.jobflow_id)
    if going and (reason := overdue(cluster, now)):
        emr_sync.set_status(cluster, jobflows.TERMINATING, reason, more=[Cluster.ended_by.set(SYSTEM_ACTOR)])
        termination.end(going, "overdue", cluster.status_reason, report, cluster.id)


def _adopt(cluster: Cluster, listing: Listing, report: Report) -> None:
    """A record without a jobflow of whose name EMR has one: its launch was never put on record."""
    if jobflow := lost_launches.unrecorded(cluster, listing):
        lifecycle.launched(cluster, jobflow.created_at or cluster.created_at, jobflow.id)
        report.add("adopted", "Added to its record.", name=cluster.name, record=cluster.id, jobflow=jobflow.id)


def _follow(cluster: Cluster, listing: Listing, report: Report, now: datetime) -> Jobflow | None:
    """The record's jobflow, which the record is brought up to; None where there is none any more."""
    if not cluster.jobflow_id:
        return None
    before = cluster.status
    jobflow = listing.get(cluster.jobflow_id) or emr.find(cluster.jobflow_id)
    if jobflow is None and now - (cluster.started_at or cluster.created_at) <= PATIENCE:
        return None
    if jobflow is None:
        gone = Jobflow(
            cluster.jobflow_id,
            cluster.name,
            jobflows.TERMINATED,
            reason="EMR no longer knows the cluster.",
            ended_at=now,
        )
        emr_sync.apply_state(cluster, gone, now)
        report.add(
            "forgotten", "The record has ended.", name=cluster.name, record=cluster.id, jobflow=cluster.jobflow_id
        )
        return None
    emr_sync.apply_state(cluster, jobflow, now)
    if event_was_lost(before, cluster.status, jobflow, now):
        moved = f"The record moved from {before} to {cluster.status}."
        report.add("event-lost", moved, name=cluster.name, record=cluster.id, jobflow=jobflow.id)
    if cluster.spot_timeout:
        spot.explain(cluster, now)
        savings.take_stock(cluster, now)
    return jobflow


def event_was_lost(before: str, status: str, jobflow: Jobflow, now: datetime) -> bool:
    """Whether a record learnt only now what EMR announced some time ago. EMR announces nothing between launch and ready."""
    if before == status or (status in jobflows.READY and before in jobflows.READY):
        return False
    announced = jobflow.ready_at if status in jobflows.READY else jobflow.ended_at
    return announced is not None and now - announced > GRACE


def machine_is_due(cluster: Cluster, now: datetime) -> bool:
    """Whether the state machine should be doing something about this record, rather than wait, and has had time to."""
    since = (cluster.finished_at if cluster.is_final else cluster.ending_at) or cluster.created_at
    return now - since > GRACE and rules.next_action(cluster, now).action not in ("await-ready", "await-expiry")


def overdue(cluster: Cluster, now: datetime) -> str:
    """Why the cluster should have been ended long ago, or ""."""
    if cluster.is_final or now - (cluster.ending_at or cluster.created_at) <= PATIENCE:
        return ""
    decision = rules.next_action(cluster, now - PATIENCE)
    return decision.reason if decision.action == "terminate" else ""


def warn(clusters: list[Cluster], report: Report, now: datetime) -> None:
    """Tell the owners of clusters that expire within the hour."""
    for cluster in clusters:
        with report.serving(cluster.id):
            if rules.warning_due(cluster, now):
                cluster.refresh(consistent_read=True)
            if rules.warning_due(cluster, now):
                mails.post_expiry_warning(cluster, now)
                cluster.update([Cluster.warned_for.set(cluster.expires_at)])


def claimed(clusters: list[Cluster]) -> set[str]:
    """The jobflows that these records stand for."""
    return {cluster.jobflow_id for cluster in clusters if cluster.jobflow_id and not cluster.is_final}


def why_nobodys(jobflow: Jobflow) -> str:
    """Why no live record stands for this jobflow, by the record that its tags name; "" when one does."""
    cluster = find(Cluster, jobflow.tags.get("Record") or "none")
    if cluster is None:
        return "there is no record of it"
    if cluster.is_final:
        return "its record has ended"
    if cluster.jobflow_id not in (None, jobflow.id):
        return f"its record's cluster is {cluster.jobflow_id}"
    return ""
