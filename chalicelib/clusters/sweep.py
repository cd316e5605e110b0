"""Every five minutes, what events may have missed: one listing of EMR against the live records, both ways."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws import emr, jobflows
from chalicelib.clusters import lifecycle, mails, rules
from chalicelib.clusters.models import Cluster
from chalicelib.config import settings
from chalicelib.errors import Unavailable
from chalicelib.observability import logger, metrics

PATIENCE = timedelta(minutes=10)
"""How long the machine and EMR's events are left alone before the sweep acts in their place."""


def live() -> list[Cluster]:
    """Every cluster that has not ended, or whose end the state machine has still to conclude."""
    return list(Cluster.by_live.query("yes"))


def sweep(clusters: list[Cluster], listed: dict[str, jobflows.Jobflow], now: datetime) -> None:
    """Bring every live record up to EMR's word, restart what stands still, warn and end what is due.

    `listed` is EMR's listing by jobflow id. One record that cannot be served now does not keep the others waiting.
    """
    for cluster in clusters:
        try:
            _serve(cluster, listed, now)
        except Unavailable as error:
            logger.warning("sweep_postponed", extra={"cluster": cluster.id, "error": str(error)})
        except Exception:
            logger.exception("sweep_failed", extra={"cluster": cluster.id})


def _serve(cluster: Cluster, listed: dict[str, jobflows.Jobflow], now: datetime) -> None:
    if not cluster.jobflow_id:
        if now - cluster.created_at > timedelta(minutes=2):
            lifecycle.begin(cluster)
        return
    if jobflow := listed.get(cluster.jobflow_id):
        lifecycle.follow(cluster, jobflow, now)
    else:
        lifecycle.refresh(cluster, now)
    if not cluster.is_final and cluster.expires_at + PATIENCE < now:
        logger.warning("sweep_terminates", extra={"cluster": cluster.id})
        metrics.add_metric(name="OverdueClusterTerminated", unit="Count", value=1)
        emr.terminate([cluster.jobflow_id])
    if rules.warning_due(cluster, now):
        mails.post_expiry_warning(cluster, now)
        cluster.update([Cluster.warned_for.set(cluster.expires_at)])


def orphans(listed: list[jobflows.Jobflow], now: datetime) -> list[jobflows.Jobflow]:
    """The live jobflows of this deployment's people that no live record stands for."""
    return unclaimed(listed, "cluster", _has_live_record, now)


def _has_live_record(jobflow: jobflows.Jobflow) -> bool:
    cluster = lifecycle.by_jobflow(jobflow.id)
    return cluster is not None and not cluster.is_final


def unclaimed(
    listed: list[jobflows.Jobflow], component: str, claimed: Callable[[jobflows.Jobflow], bool], now: datetime
) -> list[jobflows.Jobflow]:
    """The live jobflows of one component of this deployment that are nobody's, after a time of grace."""
    prefix = f"{settings().name_prefix}{component}-"
    return [
        jobflow
        for jobflow in listed
        if jobflow.name.startswith(prefix)
        and jobflow.state in jobflows.LIVE
        and jobflow.created_at is not None
        and now - jobflow.created_at > PATIENCE
        and not claimed(jobflow)
    ]
