"""The end of a run: its outcome goes on record, what follows from it happens, and the run is concluded."""

from __future__ import annotations

from datetime import datetime

from chalicelib.budgets import settling
from chalicelib.core.tables import update_if
from chalicelib.costs import receipts
from chalicelib.runs import diagnosis, emr_sync, followers, metrics, outcomes
from chalicelib.runs.machine import MACHINE
from chalicelib.runs.models import Run, RunStatus
from chalicelib.runs.outcomes import End


def conclude(run: Run, now: datetime) -> None:
    """Run and cluster are over: nothing looks after this run any more, so what it makes worth telling is told by now."""
    after_finish(run, now)
    if run.jobflow_id and not run.instance_hours:
        emr_sync.refresh(run, now)
    receipts.settle(run, receipts.About(run.owner, run.job_identifier, run.emr_release, run.job_id), now)
    settling.settle(run, now)
    if update_if(run, Run.live.exists(), [Run.live.remove()]):
        metrics.count_usage(run)


def fail_to_launch(run: Run, reason: str, now: datetime) -> None:
    """The run ends without a cluster, for this reason."""
    diagnosis.note(run, RunStatus.FAILED, reason)
    finish(run, RunStatus.FAILED, reason, now)


def finish(run: Run, status: str, reason: str, now: datetime, cell: int | None = None) -> None:
    """Put the outcome on record, count it, and start the run whose turn it is now."""
    won, next_run = outcomes.finish(run, End(status, reason, now, cell))
    if won:
        metrics.count_outcome(run)
    if next_run:
        MACHINE.start(next_run)
    after_finish(run, now)


def after_finish(run: Run, now: datetime) -> None:
    """What follows from the outcome on record. Repeated until the run is concluded; each part happens once."""
    if run.retry:
        MACHINE.start(Run(run.retry))
    followers.serve(run)
    if run.alerts:
        from chalicelib.runs import alerts  # mails and webhooks, for the few runs worth telling about

        alerts.tell(run, now)
