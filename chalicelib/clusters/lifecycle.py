"""What happens to a cluster's record between the request and the end.

One owner changes the state of the world: the cluster's state machine (statemachines/cluster.asl.json), whose tasks are
here. EMR's events and the sweep only update the record, forward, and wake the machine when it must look again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib import awaiting, clock
from chalicelib.aws import emr, jobflows, states
from chalicelib.clusters import mails, measures, rules, trail
from chalicelib.clusters.hours import hourly
from chalicelib.clusters.models import ATMO, FAILED_TO_LAUNCH, FINAL, Cluster, state_of
from chalicelib.clusters.request import cluster_request
from chalicelib.config import settings
from chalicelib.errors import Unavailable
from chalicelib.observability import logger
from chalicelib.tables import find, update_if

LOOK_BACK = timedelta(minutes=5)


def begin(cluster: Cluster) -> None:
    """Start the cluster's state machine, once. If Step Functions does not answer, the sweep starts it later."""
    try:
        states.start(settings().cluster_machine_arn, cluster.id, {"cluster_id": cluster.id})
    except Unavailable:
        logger.warning("launch_postponed", extra={"cluster": cluster.id})


def resume(cluster: Cluster) -> str:
    """Make sure that a state machine runs for this cluster; returns the execution's name when one had to be started.

    Raises:
        Unavailable: Step Functions does not answer.
    """
    return states.resume(settings().cluster_machine_arn, cluster.id, {"cluster_id": cluster.id})


def task(payload: Mapping[str, Any]) -> dict[str, Any]:
    """One task of the state machine: `{"task": name, "cluster_id": id, ...}`."""
    arguments = {key: value for key, value in payload.items() if key not in ("task", "cluster_id")}
    cluster = find(Cluster, payload["cluster_id"])
    if cluster is None:
        raise LookupError(f"no cluster {payload['cluster_id']}")
    logger.append_keys(cluster=cluster.id, jobflow=cluster.jobflow_id)
    return TASKS[payload["task"]](cluster, clock.now(), **arguments)


def decide(cluster: Cluster, now: datetime) -> dict[str, Any]:
    """What the machine does next; marks the record when that is to terminate.

    EMR is asked only when its end was awaited and did not come: of many clusters that end at once it tells us by events.
    """
    if cluster.status == jobflows.TERMINATING and cluster.jobflow_id and cluster.awaiting == "end":
        refresh(cluster, now)
    decision = rules.next_action(cluster, now)
    ends = decision.action == "terminate" and cluster.status != jobflows.TERMINATING
    if ends and move(cluster, jobflows.TERMINATING, decision.reason, more=[Cluster.ended_by.set(ATMO)]):
        trail.ended_by_us(cluster, now)
    logger.info("decided", extra={"action": decision.action, "reason": decision.reason})
    answer: dict[str, Any] = {"action": decision.action, "reason": decision.reason, "seconds": decision.seconds}
    if decision.action == "launch":
        request = cluster_request(cluster, settings())
        cluster.update([Cluster.launch_attempts.add(1), Cluster.hourly_weight.set(hourly(request))])
        answer["request"] = request
    return answer | {"jobflow_id": cluster.jobflow_id or ""}


def launched(cluster: Cluster, now: datetime, jobflow_id: str) -> dict[str, Any]:
    """Store which jobflow EMR made for this record. The machine comes here straight after RunJobFlow."""
    cluster.update([Cluster.jobflow_id.set(jobflow_id), Cluster.started_at.set(Cluster.started_at | now)])
    move(cluster, jobflows.STARTING, "")
    return {"jobflow_id": jobflow_id}


def launch_error(cluster: Cluster, now: datetime, error: str, cause: str) -> dict[str, Any]:
    """Resolve an error of RunJobFlow: `found` (it did launch), `retry` after some seconds, or `failed` (and recorded).

    Raises:
        Unavailable: EMR could not be asked whether it launched; the machine asks again.
    """
    verdict, reason = rules.after_launch_error(error, cause, now - cluster.created_at)
    logger.warning("launch_error", extra={"verdict": verdict, "error": error, "cause": cause})
    if verdict == "look" and (jobflow := _by_name(cluster)):
        return {"verdict": "found", "jobflow_id": jobflow.id}
    if verdict == "failed":
        if move(cluster, FAILED_TO_LAUNCH, reason):
            trail.failed_to_launch(cluster, now)
        return {"verdict": "failed", "reason": reason}
    cluster.update([Cluster.status_reason.set(reason)])
    return {"verdict": "retry", "seconds": jittered(int(cluster.launch_attempts))}


def jittered(attempts: int) -> int:
    """Seconds to wait before the next launch: random up to a bound that doubles to two minutes (full jitter).

    EMR launches one cluster in two seconds, so of a hundred at once the last one waits for three minutes anyway.
    """
    return 2 + secrets.randbelow(min(120, 8 * 2**attempts))


def _by_name(cluster: Cluster) -> jobflows.Jobflow | None:
    """Its tags, which only a full description carries, must agree: long names are cut, so two records may share one."""
    for listed in emr.list_since(cluster.created_at - LOOK_BACK):
        if listed.name == cluster.name and listed.state in jobflows.LIVE:
            described = emr.find(listed.id)
            if described and described.tags.get("Record") == cluster.id:
                return described
    return None


def wait(cluster: Cluster, now: datetime, token: str, until: str) -> dict[str, Any]:
    """Store the token that the machine waits with; answered at once if what it waits for has happened already."""
    awaiting.hold(cluster, token, until, cluster.expires_at)
    nudge(cluster)
    return {}


def record_end(cluster: Cluster, now: datetime) -> dict[str, Any]:
    """Make sure that the end is on the record, with EMR's last word; tell the owner of bad news; count it. Safe to repeat.

    Raises:
        Unavailable: EMR does not say whether the cluster ever was ready, which the owner is told; the machine asks again.
    """
    if cluster.jobflow_id:
        refresh(cluster, now, must=cluster.ready_at is None)
    if not cluster.is_final:
        move(cluster, jobflows.TERMINATED, cluster.status_reason or rules.next_action(cluster, now).reason)
    mails.post_bad_news(cluster, now)
    if update_if(cluster, Cluster.live.exists(), [Cluster.live.remove()]):
        measures.ended(cluster)
        trail.ended(cluster, now)
    return {"status": cluster.status, "reason": cluster.status_reason}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "decide": decide,
    "launched": launched,
    "launch_error": launch_error,
    "wait": wait,
    "record_end": record_end,
}
"""The tasks that statemachines/cluster.asl.json names."""


def by_jobflow(jobflow_id: str) -> Cluster | None:
    """The record of this jobflow, or None: another deployment's, a job's, or one whose launch is being recorded."""
    return next(iter(Cluster.by_jobflow.query(jobflow_id, limit=1)), None)


def follow(cluster: Cluster, jobflow: jobflows.Jobflow, now: datetime) -> None:
    """Bring the record up to what EMR says of its jobflow, forward only, and wake the machine if it must look again."""
    if jobflow.state in jobflows.READY and not cluster.master_address and not jobflow.master_address:
        jobflow = _described(jobflow)
    if rules.is_news(cluster, jobflow):
        _take_over(cluster, jobflow)
    nudge(cluster)


def _take_over(cluster: Cluster, jobflow: jobflows.Jobflow) -> None:
    _mark_ready(cluster, jobflow)
    more: list[Action] = []
    if jobflow.master_address:
        more.append(Cluster.master_address.set(Cluster.master_address | jobflow.master_address))
    if jobflow.instance_hours is not None:
        more.append(Cluster.instance_hours.set(jobflow.instance_hours))
    if not move(cluster, jobflow.state, rules.reason_to_show(cluster, jobflow.reason), jobflow.ended_at, more) and more:
        cluster.update(more)


def _mark_ready(cluster: Cluster, jobflow: jobflows.Jobflow) -> None:
    """Keep when EMR first said that the cluster was ready."""
    ready_at = jobflow.ready_at
    if not ready_at or cluster.ready_at:
        return
    if update_if(cluster, Cluster.ready_at.does_not_exist(), [Cluster.ready_at.set(ready_at)]):
        measures.ready(cluster)


def _described(jobflow: jobflows.Jobflow) -> jobflows.Jobflow:
    """The event's word completed by EMR's full answer; the event alone when EMR is busy (the sweep completes it)."""
    try:
        described = emr.describe(jobflow.id)
    except Unavailable:
        return jobflow
    return described if described.state == jobflow.state or described.state in jobflows.READY else jobflow


def refresh(cluster: Cluster, now: datetime, must: bool = False) -> None:
    """Ask EMR about this cluster and follow what it says. A busy EMR is left for the next time, unless it must be asked.

    Raises:
        Unavailable: it must be asked, and does not answer.
    """
    try:
        if jobflow := emr.find(str(cluster.jobflow_id)):
            follow(cluster, jobflow, now)
    except Unavailable:
        if must:
            raise
        logger.info("refresh_postponed")


def move(
    cluster: Cluster, status: str, reason: str, ended_at: datetime | None = None, more: list[Action] | None = None
) -> bool:
    """Set a later status; False, with the record read anew, when it was there or further already."""
    actions: list[Action] = [Cluster.status.set(status), Cluster.status_reason.set(reason), *(more or [])]
    if status == jobflows.TERMINATING:
        actions.append(Cluster.ending_at.set(clock.now()))
    if status in FINAL:
        actions += [
            Cluster.owner_state.set(f"{cluster.owner}#{state_of(status)}"),
            Cluster.finished_at.set(ended_at or clock.now()),
        ]
    owner, earlier = cluster.owner, rules.earlier_statuses(status)
    if not update_if(cluster, Cluster.status.is_in(*earlier) & (Cluster.owner == owner), actions):
        cluster.refresh(consistent_read=True)
        # It may have been handed over meanwhile: then it is another one's list that it moves in.
        return cluster.owner != owner and cluster.status in earlier and move(cluster, status, reason, ended_at, more)
    logger.info("cluster_moved", extra={"cluster": cluster.id, "status": status, "reason": reason})
    return True


def nudge(cluster: Cluster) -> None:
    """Wake the execution that waits on this cluster, if what it waits for has happened.

    Raises:
        Unavailable: Step Functions does not answer; EventBridge or the sweep comes again.
    """
    if why := rules.wake(cluster):
        awaiting.release(cluster, why)
