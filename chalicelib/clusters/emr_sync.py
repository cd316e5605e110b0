"""What EMR says of a cluster, brought to its record: forward only, however late or often it comes."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.aws import emr, instances, jobflows
from chalicelib.clusters import metrics, rules, usage
from chalicelib.clusters.models import FINAL, Cluster, ClusterStatus, state_of
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if, was_overtaken
from chalicelib.jobflows import task_tokens
from chalicelib.usage_limits import accounts


def by_jobflow(jobflow_id: str) -> Cluster | None:
    """The record of this jobflow, or None: another deployment's, a job's, or one whose launch is being recorded."""
    return next(iter(Cluster.by_jobflow.query(jobflow_id, limit=1)), None)


def apply_state(cluster: Cluster, jobflow: jobflows.Jobflow, now: datetime) -> None:
    """Bring the record up to what EMR says of its jobflow, forward only, and wake the machine if it must look again."""
    if jobflow.state in jobflows.READY and not cluster.master_address and not jobflow.master_address:
        jobflow = _described(jobflow)
    if rules.is_news(cluster, jobflow):
        _take_over(cluster, jobflow)
    wake_execution(cluster)


def _take_over(cluster: Cluster, jobflow: jobflows.Jobflow) -> None:
    _mark_ready(cluster, jobflow)
    codes = ((Cluster.reason_code, jobflow.reason_code), (Cluster.error_code, jobflow.error_code))
    more: list[Action] = [attribute.set(code) for attribute, code in codes if code and jobflow.ended_at]
    if jobflow.master_address:
        more.append(Cluster.master_address.set(Cluster.master_address | jobflow.master_address))
    if rules.lacks_master_instance(cluster, jobflow) and (instance := _master_instance(cluster)):
        more.append(Cluster.master_instance.set(instance))
    if jobflow.instance_hours is not None:
        more.append(Cluster.instance_hours.set(jobflow.instance_hours))
    if (
        not set_status(cluster, jobflow.state, rules.reason_to_show(cluster, jobflow.reason), jobflow.ended_at, more)
        and more
    ):
        cluster.update(more)


def _mark_ready(cluster: Cluster, jobflow: jobflows.Jobflow) -> None:
    """Keep when EMR first said that the cluster was ready."""
    ready_at = jobflow.ready_at
    if not ready_at or cluster.ready_at:
        return
    if update_if(cluster, Cluster.ready_at.does_not_exist(), [Cluster.ready_at.set(ready_at)]):
        metrics.count_ready(cluster)


def _master_instance(cluster: Cluster) -> str:
    """EC2's id of the master; "" when EMR is busy (the sweep asks again)."""
    try:
        return instances.master(str(cluster.jobflow_id), has_fleets=cluster.spot_timeout is not None)
    except Unavailable:
        return ""


def _described(jobflow: jobflows.Jobflow) -> jobflows.Jobflow:
    """The event's content completed by EMR's full answer; the event alone when EMR is busy (the sweep completes it)."""
    try:
        described = emr.describe(jobflow.id)
    except Unavailable:
        return jobflow
    return described if described.state == jobflow.state or described.state in jobflows.READY else jobflow


def refresh(cluster: Cluster, now: datetime, must: bool = False) -> None:
    """Ask EMR about this cluster and update the record. If EMR does not answer, the next call will do, unless `must` is set.

    Raises:
        Unavailable: `must` is set, and EMR does not answer.
    """
    try:
        if jobflow := emr.find(str(cluster.jobflow_id)):
            apply_state(cluster, jobflow, now)
    except Unavailable:
        if must:
            raise
        logger.info("refresh_postponed")


def set_status(
    cluster: Cluster,
    status: str,
    reason: str,
    ended_at: datetime | None = None,
    more: list[Action] | None = None,
    effect: Effect | None = None,
) -> bool:
    """Move to a later status; False, with the record read again, when it had that status or a later one already. With an
    `effect` the audit trail's entry is written with the change."""
    actions: list[Action] = [Cluster.status.set(status), Cluster.status_reason.set(reason), *(more or [])]
    if status == ClusterStatus.TERMINATING:
        actions.append(Cluster.ending_at.set(clock.now()))
    if status in FINAL:
        actions += [
            Cluster.owner_state.set(f"{cluster.owner}#{state_of(status)}"),
            Cluster.finished_at.set(ended_at or clock.now()),
        ]
    earlier = rules.earlier_statuses(status)
    condition = Cluster.status.is_in(*earlier) & (Cluster.owner == cluster.owner)
    move = _end if status in FINAL else changes.update_if
    if not move(cluster, condition, actions, effect):
        cluster.refresh(consistent_read=True)
        # It may have been transferred meanwhile, then it moves in the new owner's list; or the owner's account was in use.
        return cluster.status in earlier and set_status(cluster, status, reason, ended_at, more, effect)
    logger.info("cluster_moved", extra={"cluster": cluster.id, "status": status, "reason": reason})
    return True


def _end(cluster: Cluster, condition: Condition, actions: list[Action], effect: Effect | None) -> bool:
    """Make the cluster's status final, and take it off its owner's account, both or neither; whether that could be done now."""
    try:
        with changes.transaction(effect) as write:
            write.update(Cluster(cluster.id), actions=actions, condition=condition)
            accounts.release(write, cluster.owner, usage.demand(cluster), clock.now())
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    cluster.refresh(consistent_read=True)
    return True


def wake_execution(cluster: Cluster) -> None:
    """Wake the execution that waits on this cluster, if what it waits for has happened.

    Raises:
        Unavailable: Step Functions does not answer; EventBridge or the sweep comes again.
    """
    if why := rules.wake_reason(cluster):
        task_tokens.wake(cluster, why)
