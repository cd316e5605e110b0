"""Events of EMR and S3, which come best effort, sometimes twice and out of order. The records follow EMR's, forward only; objects
that arrive in S3 are counted once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.aws import emr, fleets, jobflows
from chalicelib.clusters import emr_sync as cluster_sync
from chalicelib.core import clock, correlation
from chalicelib.core.observability import logger, observed_handler
from chalicelib.jobflows import spot
from chalicelib.runs import emr_sync as run_sync

NEW_OBJECT = "Object Created"
FOLLOWED = ("EMR Cluster State Change", "EMR Step Status Change", fleets.PROVISIONING)


@observed_handler
def handler(event: dict[str, Any], context: object) -> None:
    """EventBridge calls this with each of EMR's events, and with new objects in the deployment's `ArrivalBuckets`."""
    apply_event(event, clock.now())


def apply_event(event: Mapping[str, Any], now: datetime) -> None:
    """Bring the record that the event is about up to date; an event about nobody's cluster is left alone.

    Raises:
        Unavailable: an execution could not be woken; Lambda delivers the event again.
    """
    if event["detail-type"] == NEW_OBJECT:
        _note_object(event, now)
        return
    if event["detail-type"] == fleets.PROVISIONING:
        _explain(event["detail"]["clusterId"], now)
        return
    change = emr.read_event(event)
    if isinstance(change, jobflows.StepChange):
        if run := run_sync.by_jobflow(change.jobflow_id):
            correlation.follow(run.correlation)
            run_sync.apply_step(run, change)
    elif cluster := cluster_sync.by_jobflow(change.id):
        correlation.follow(cluster.correlation)
        cluster_sync.apply_state(cluster, change, now)
    elif run := run_sync.by_jobflow(change.id):
        correlation.follow(run.correlation)
        run_sync.apply_state(run, change, now)
    else:
        logger.info("nobodys_event", extra={"jobflow": change.id, "state": change.state})


def _note_object(event: Mapping[str, Any], now: datetime) -> None:
    from chalicelib.bursts import counting  # for the deployments where objects start jobs
    from chalicelib.site_settings import service as site_settings

    counting.note(counting.read_event(event), site_settings.current(now).arrival_places, now)


def _explain(jobflow_id: str, now: datetime) -> None:
    if record := cluster_sync.by_jobflow(jobflow_id) or run_sync.by_jobflow(jobflow_id):
        spot.explain(record, now)
