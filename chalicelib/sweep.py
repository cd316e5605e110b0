"""Every five minutes: one listing of EMR against what we have on record, then the outbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.aws import emr, jobflows
from chalicelib.clusters import sweep as clusters
from chalicelib.config import settings
from chalicelib.errors import Unavailable
from chalicelib.jobs import sweep as runs
from chalicelib.mails import outbox
from chalicelib.observability import logger, metrics

LOOK_BACK = timedelta(days=1)
"""How far back EMR is asked for clusters that no record knows; older live records reach further."""


def sweep(now: datetime) -> None:
    """Repair records that events missed, end clusters that are nobody's, warn owners, send waiting mails."""
    live_clusters, live_runs = clusters.live(), runs.live()
    created = [cluster.created_at for cluster in live_clusters] + [run.created_at for run in live_runs]
    oldest = min(created, default=now)
    try:
        listed = emr.list_since(min(oldest, now - LOOK_BACK) - timedelta(hours=1))
    except Unavailable:
        logger.warning("sweep_without_listing")
        listed = []
    by_id = {jobflow.id: jobflow for jobflow in listed}
    clusters.sweep(live_clusters, by_id, now)
    runs.sweep(live_runs, by_id, now)
    _end([*clusters.orphans(listed, now), *runs.orphans(listed, now)])
    outbox.flush(now)


def _end(orphans: list[jobflows.Jobflow]) -> None:
    """End clusters that bear our name but are nobody's, if their tags agree that they are this deployment's."""
    for orphan in orphans:
        try:
            ours = emr.describe(orphan.id).tags
            if ours.get("Application") == "atmo" and ours.get("Environment") == settings().stage:
                logger.warning("orphan_terminated", extra={"jobflow": orphan.id, "cluster_name": orphan.name})
                metrics.add_metric(name="OrphanTerminated", unit="Count", value=1)
                emr.terminate([orphan.id])
        except Unavailable as error:
            logger.warning("sweep_postponed", extra={"jobflow": orphan.id, "error": str(error)})
