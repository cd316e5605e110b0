"""Every five minutes, what events may have missed: live runs against EMR's listing, both ways."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.aws import emr, jobflows
from chalicelib.clusters.sweep import PATIENCE, unclaimed
from chalicelib.errors import Unavailable
from chalicelib.jobs import lifecycle, rules
from chalicelib.jobs.models import Run
from chalicelib.observability import logger


def live() -> list[Run]:
    """Every run that is not over, or whose cluster is not known to have ended."""
    return list(Run.by_live.query("yes"))


def sweep(runs: list[Run], listed: dict[str, jobflows.Jobflow], now: datetime) -> None:
    """Bring every live run up to EMR's word, and restart those that were recorded and never started.

    `listed` is EMR's listing by jobflow id. One run that cannot be served now does not keep the others waiting.
    """
    for run in runs:
        try:
            _serve(run, listed, now)
        except Unavailable as error:
            logger.warning("sweep_postponed", extra={"run": run.id, "error": str(error)})
        except Exception:
            logger.exception("sweep_failed", extra={"run": run.id})


def _serve(run: Run, listed: dict[str, jobflows.Jobflow], now: datetime) -> None:
    if not run.jobflow_id:
        if now - run.created_at > timedelta(minutes=2):
            lifecycle.begin(run)
        return
    if jobflow := listed.get(run.jobflow_id):
        lifecycle.follow(run, jobflow, now)
    else:
        lifecycle.refresh(run, now)
    if not run.cluster_ended and rules.deadline(run) + PATIENCE < now:
        logger.warning("sweep_terminates", extra={"run": run.id})
        emr.terminate([run.jobflow_id])


def orphans(listed: list[jobflows.Jobflow], now: datetime) -> list[jobflows.Jobflow]:
    """The live jobflows of this deployment's jobs that no run stands for."""
    return unclaimed(listed, "job", lambda jobflow: lifecycle.by_jobflow(jobflow.id) is not None, now)
