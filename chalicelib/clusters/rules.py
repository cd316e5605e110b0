"""What should happen to a cluster now. Pure decisions of (record, now): nothing here reads a clock or calls AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from chalicelib.aws import jobflows
from chalicelib.clusters import idle_rules
from chalicelib.clusters.models import ORDER, Cluster, ClusterStatus
from chalicelib.core.text import hours, minutes, plural
from chalicelib.jobflows.states import earlier_states, seconds

WARNING = timedelta(hours=1)
READY_WITHIN = timedelta(hours=1)
"""How long EMR may take to make a cluster ready; one that takes longer is ended rather than paid for."""

Action = Literal["launch", "await-ready", "await-expiry", "terminate", "record-end"]


@dataclass(frozen=True)
class Decision:
    """The next thing the cluster's state machine does, for how many seconds at the most, and why in words."""

    action: Action
    reason: str
    seconds: int = 0


def next_action(cluster: Cluster, now: datetime) -> Decision:
    """What the state machine does next with this cluster."""
    if cluster.is_final or (cluster.status == ClusterStatus.TERMINATING and not cluster.jobflow_id):
        return Decision("record-end", cluster.status_reason or "The cluster has ended.")
    if cluster.status == ClusterStatus.TERMINATING:
        return Decision("terminate", cluster.status_reason or "EMR is ending the cluster.")
    if now >= cluster.expires_at:
        return Decision("terminate", expired_reason(cluster)) if cluster.jobflow_id else _gave_up(cluster)
    if not cluster.jobflow_id:
        return Decision("launch", "The cluster was requested.")
    if idle_rules.has_idled_out(cluster, now):
        return Decision("terminate", idle_rules.reason(cluster))
    if cluster.is_ready:
        left = idle_rules.ends_at(cluster) - now
        return Decision("await-expiry", "The cluster is ready until it expires.", seconds(left))
    return _await_ready(cluster, now)


def _await_ready(cluster: Cluster, now: datetime) -> Decision:
    wait = timedelta(minutes=int(cluster.spot_timeout or 0))
    ready_by = min((cluster.started_at or cluster.created_at) + READY_WITHIN + wait, cluster.expires_at)
    if now >= ready_by:
        return Decision(
            "terminate",
            f"The cluster was not ready within {hours(READY_WITHIN)}{_after(wait)}.",
        )
    return Decision("await-ready", "EMR is starting the cluster.", seconds(ready_by - now))


def _after(wait: timedelta) -> str:
    return f" after {minutes(wait)} for spot capacity" if wait else ""


def _gave_up(cluster: Cluster) -> Decision:
    return Decision("record-end", "The cluster expired before EMR could launch it.")


def expired_reason(cluster: Cluster) -> str:
    extended = cluster.lifetime_extension_count
    times = {0: "", 1: ", extended once"}.get(int(extended), f", extended {extended:.0f} times")
    return f"Its lifetime of {plural(int(cluster.lifetime), 'hour')} ended{times}."


def wake_reason(cluster: Cluster) -> str:
    """Why the execution that waits on this cluster must look at it again, or "" when it may go on waiting."""
    if cluster.is_final:
        return "ended"
    if cluster.awaiting == "end":
        return ""
    if cluster.status == ClusterStatus.TERMINATING:
        return "terminating"
    if cluster.awaiting == "ready" and cluster.is_ready:
        return "ready"
    if cluster.awaiting == "expiry" and cluster.awaiting_until != idle_rules.ends_at(cluster):
        return "extended"
    return ""


def reason_to_show(cluster: Cluster, emrs_reason: str) -> str:
    """Why the cluster is in its status: our own reason for ending it says more than EMR's "Terminated by user request"."""
    return (
        cluster.status_reason if cluster.status == ClusterStatus.TERMINATING and cluster.status_reason else emrs_reason
    )


def is_news(cluster: Cluster, jobflow: jobflows.Jobflow) -> bool:
    """Whether EMR says anything that is not on the record. A sweep hears of every cluster, and hardly ever news."""
    return (
        jobflow.state != cluster.status
        or jobflow.master_address not in (None, cluster.master_address)
        or jobflow.instance_hours not in (None, cluster.instance_hours)
        or (jobflow.ready_at is not None and cluster.ready_at is None)
        or lacks_master_instance(cluster, jobflow)
    )


def lacks_master_instance(cluster: Cluster, jobflow: jobflows.Jobflow) -> bool:
    """Whether EMR must be asked which machine the master is, without which nobody connects by Session Manager."""
    return jobflow.state in jobflows.READY and not cluster.master_instance


def warning_due(cluster: Cluster, now: datetime) -> bool:
    """Whether the owner must hear that the cluster expires within the hour; once for each lifetime."""
    return cluster.is_ready and now < cluster.expires_at <= now + WARNING and cluster.warned_for != cluster.expires_at


def earlier_statuses(status: str) -> list[str]:
    """The statuses from which a cluster may move to this one."""
    return earlier_states(status, ORDER)


def refuse_extension(cluster: Cluster) -> str:
    """Why the lifetime cannot be extended, or ""."""
    if cluster.is_active:
        return ""
    return f"The cluster {cluster.identifier} is {_word(cluster)}, so its lifetime cannot be extended. Launch a new one instead."


def _word(cluster: Cluster) -> str:
    if not cluster.is_final:
        return "being terminated"
    return "terminated already" if cluster.status == ClusterStatus.TERMINATED else "ended with an error"
