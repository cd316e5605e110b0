"""What happens to a cluster's record between the request and the end.

One owner changes the state of the world: the cluster's state machine (statemachines/cluster.asl.json), whose tasks are
here. EMR's events and the sweep only update the record, forward, and wake the machine when it must look again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import SYSTEM_ACTOR
from chalicelib.budgets import settling
from chalicelib.clusters import audit_events, emr_sync, idle, idle_rules, mails, metrics, rules
from chalicelib.clusters.machine import MACHINE
from chalicelib.clusters.models import Cluster, ClusterStatus
from chalicelib.clusters.request import cluster_request
from chalicelib.core.config import settings
from chalicelib.core.observability import logger, report_failure
from chalicelib.costs import receipts
from chalicelib.jobflows import task_tokens
from chalicelib.jobflows.hours import hourly
from chalicelib.jobflows.machine import answer_launch_error
from chalicelib.jobflows.unbuildable import UnbuildableRequest, building, undecided


def decide(cluster: Cluster, now: datetime) -> dict[str, Any]:
    """What the machine does next; marks the record when that is to terminate.

    EMR is asked only when its end was awaited and did not come: of many clusters that end at once it tells us by events. The
    report of the cluster's use is read once more before it ends for idleness.

    Raises:
        Unavailable: the report cannot be read; the machine asks again.
    """
    if cluster.status == ClusterStatus.TERMINATING and cluster.jobflow_id and cluster.awaiting == "end":
        emr_sync.refresh(cluster, now)
    if idle_rules.has_idled_out(cluster, now):
        idle.look(cluster, now)
    decision = rules.next_action(cluster, now)
    if decision.action == "terminate" and cluster.status != ClusterStatus.TERMINATING:
        _mark_ending(cluster, decision.reason, now)
    logger.info("decided", extra={"action": decision.action, "reason": decision.reason})
    answer: dict[str, Any] = {"action": decision.action, "reason": decision.reason, "seconds": decision.seconds}
    if decision.action == "launch":
        try:
            with building():
                request = cluster_request(cluster, settings())
                weight = hourly(request)
        except UnbuildableRequest as error:
            _fail_to_launch(cluster, str(error), now)
            return decide(cluster, now)
        per_hour = receipts.per_hour(request["Instances"], now)
        estimated = [Cluster.per_hour.set(per_hour)] if per_hour else []
        cluster.update([Cluster.launch_attempts.add(1), Cluster.hourly_weight.set(weight), *estimated])
        answer["request"] = request
    return answer | {"jobflow_id": cluster.jobflow_id or ""}


def _mark_ending(cluster: Cluster, reason: str, now: datetime) -> None:
    by: list[Action] = [Cluster.ended_by.set(SYSTEM_ACTOR)]
    effect = audit_events.expiry(cluster, reason)
    with audit_context.by_system(audit_events.ENDED, now):
        emr_sync.set_status(cluster, ClusterStatus.TERMINATING, reason, more=by, effect=effect)


def _fail_to_launch(cluster: Cluster, reason: str, now: datetime) -> None:
    effect = audit_events.launch_failure(cluster, reason)
    with audit_context.by_system(audit_events.FAILED, now):
        emr_sync.set_status(cluster, ClusterStatus.FAILED_TO_LAUNCH, reason, effect=effect)


def give_up(cluster: Cluster, now: datetime, cause: str) -> dict[str, Any]:
    """Nothing could be decided about this cluster for about an hour, because of `cause`.

    One that was never launched has failed to, and one that has expired, or that somebody ends, is ended. Any other is left
    to its owner: the machine tries on.
    """
    answer = {"reason": undecided(cause), "jobflow_id": cluster.jobflow_id or ""}
    report_failure("gave_up", about=cluster.id, **answer)
    if not cluster.jobflow_id:
        _fail_to_launch(cluster, answer["reason"], now)
    if cluster.is_final:
        return answer | {"action": "record-end"}
    if cluster.is_active and now < cluster.expires_at:
        return answer | {"action": "pause"}
    _mark_ending(cluster, rules.expired_reason(cluster), now)
    return answer | {"action": "terminate"}


def store_jobflow(cluster: Cluster, now: datetime, jobflow_id: str) -> dict[str, Any]:
    """Store which jobflow EMR made for this record. The machine comes here straight after RunJobFlow."""
    cluster.update([Cluster.jobflow_id.set(jobflow_id), Cluster.started_at.set(Cluster.started_at | now)])
    emr_sync.set_status(cluster, ClusterStatus.STARTING, "")
    return {"jobflow_id": jobflow_id}


def resolve_launch_error(cluster: Cluster, now: datetime, error: str, cause: str) -> dict[str, Any]:
    """Resolve an error of RunJobFlow: `launched`, `retry` after some seconds, or `failed` (and recorded).

    Raises:
        Unavailable: EMR could not be asked whether it launched; the machine asks again.
    """
    return answer_launch_error(
        cluster, cluster.created_at, now, error, cause, lambda reason: _fail_to_launch(cluster, reason, now)
    )


def wait(cluster: Cluster, now: datetime, token: str, until: str) -> dict[str, Any]:
    """Store the token that the machine waits with; answered at once if what it waits for has happened already."""
    task_tokens.store_token(cluster, token, until, idle_rules.ends_at(cluster))
    emr_sync.wake_execution(cluster)
    return {}


def record_end(cluster: Cluster, now: datetime) -> dict[str, Any]:
    """Make sure that the end is on the record, with EMR's last word; tell the owner of bad news; count it. Safe to repeat.

    Raises:
        Unavailable: EMR does not say whether the cluster ever was ready, which the owner is told; the machine asks again.
    """
    if cluster.jobflow_id:
        emr_sync.refresh(cluster, now, must=cluster.ready_at is None)
    if not cluster.is_final:
        emr_sync.set_status(
            cluster, ClusterStatus.TERMINATED, cluster.status_reason or rules.next_action(cluster, now).reason
        )
    receipts.settle(cluster, receipts.About(cluster.owner, cluster.identifier, cluster.emr_release), now)
    settling.settle(cluster, now)
    mails.post_bad_news(cluster, now)
    with audit_context.by_system(audit_events.ENDED, now):
        is_first = changes.update_if(cluster, Cluster.live.exists(), [Cluster.live.remove()], audit_events.end(cluster))
    if is_first:
        metrics.count_end(cluster)
    return {"status": cluster.status, "reason": cluster.status_reason}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "decide": decide,
    "give_up": give_up,
    "store_jobflow": store_jobflow,
    "resolve_launch_error": resolve_launch_error,
    "wait": wait,
    "record_end": record_end,
}
"""The tasks that statemachines/cluster.asl.json names."""


def task(payload: Mapping[str, Any]) -> dict[str, Any]:
    """One task of the state machine: `{"task": name, "cluster_id": id, ...}`."""
    return MACHINE.run_task(payload, TASKS)
