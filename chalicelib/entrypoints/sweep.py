"""Every five minutes: one listing of EMR against what we have on record, in both directions; then mails."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.aws import emr
from chalicelib.clusters import idle
from chalicelib.clusters import sweep as cluster_sweep
from chalicelib.core import clock
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger, measure, observed_handler
from chalicelib.costs import spot_quote
from chalicelib.dispatch import sweep as dispatch_sweep
from chalicelib.jobflows.reconciliation import service as reconciliation
from chalicelib.jobflows.reconciliation import termination
from chalicelib.jobflows.reconciliation.findings import Report
from chalicelib.jobflows.reconciliation.listing import Listing
from chalicelib.mail import outbox
from chalicelib.ownership import budget_sweep, recount, settlement
from chalicelib.runs import long_runs, promise_watch, webhooks
from chalicelib.runs import sweep as run_sweep

MAX_ORPHANS = 20
"""How many clusters that are nobody's one sweep ends: EMR takes one such call in two seconds, and the sweep has four minutes."""


@observed_handler
def handler(event: Any, context: object) -> None:
    """EventBridge's rule calls this; the event says nothing that is needed."""
    sweep(clock.now())


def sweep(now: datetime) -> None:
    """Repair records that events missed, end clusters that are nobody's, warn owners, send waiting mails."""
    report = Report()
    try:
        with report.serving("dispatch"):
            dispatch_sweep.make_up_for_dispatch(report, now)
        with report.serving("promises"):
            promise_watch.watch(report, now)
        _reconcile(report, now)
    finally:
        reconciliation.store(report, now)
    with report.serving("people"):
        settlement.sweep(now)
    outbox.flush(now)
    reconciliation.beat(now)
    webhooks.flush(now)  # last: these are others' servers, which may be slow
    with report.serving("prices"):
        spot_quote.refresh(now)


def _reconcile(report: Report, now: datetime) -> None:
    # Records first: whatever is on record by now was launched before the listing, and so is in it unless it has ended.
    live_clusters, live_runs = cluster_sweep.SWEEP.live(), run_sweep.SWEEP.live()
    cluster_sweep.warn(live_clusters, report, now)
    idle.watch(live_clusters, report, now)
    with report.serving("usage"):
        recount.recount(live_clusters, live_runs, report, now)
    long_runs.watch(live_runs, report, now)
    with report.serving("budgets"):
        budget_sweep.watch(live_clusters, live_runs, report, now)
    try:
        listing = Listing(emr.list_live())
    except Unavailable:
        # Without it nothing can be told apart; asking for each cluster would only make a busy EMR busier.
        logger.warning("sweep_without_listing")
        measure("SweepWithoutListing")
        return
    cluster_sweep.SWEEP.sweep(live_clusters, listing, report, now)
    run_sweep.SWEEP.sweep(live_runs, listing, report, now)
    _end_orphans(listing, cluster_sweep.SWEEP.claimed(live_clusters) | run_sweep.SWEEP.claimed(live_runs), report, now)


def _end_orphans(listing: Listing, claimed: set[str], report: Report, now: datetime) -> None:
    """End the clusters of this deployment that no live record stands for."""
    for kind in (cluster_sweep.SWEEP, run_sweep.SWEEP):
        suspects = [jobflow for jobflow in listing.older(kind.component, now) if jobflow.id not in claimed]
        for suspect in suspects[:MAX_ORPHANS]:
            with report.serving(suspect.id):
                jobflow = termination.ours(suspect, report)
                if jobflow and (why := kind.why_unclaimed(jobflow)):
                    termination.end(jobflow, "orphan", f"{why}.", report, jobflow.tags.get("Record", ""))
