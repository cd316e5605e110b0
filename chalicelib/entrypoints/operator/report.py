"""What runs, for whom, and what everybody used this month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from chalicelib.clusters import sweep as cluster_sweep
from chalicelib.clusters import usage
from chalicelib.clusters.models import Cluster
from chalicelib.clusters.schemas import cluster_record
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.runs import sweep as run_sweep
from chalicelib.runs.models import Run
from chalicelib.runs.schemas import run_record


@command("report", "admin.look")
def report(call: Call, form: None) -> dict[str, Any]:
    """Show what is running and for whom, and how many normalized instance hours each person has used this month."""
    month = call.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    # Read from end to end: operators ask now and then, and no index is kept for that.
    launched, ran = Cluster.scan(Cluster.started_at >= month), Run.scan(Run.started_at >= month)
    return {
        "clusters": [cluster_record(cluster) for cluster in cluster_sweep.SWEEP.live() if not cluster.is_final],
        "runs": [run_record(run) for run in run_sweep.SWEEP.live()],
        "month": f"{month:%Y-%m}",
        "instance_hours": by_person(launched, ran, call.now),
    }


def by_person(launched: Iterable[Cluster], ran: Iterable[Run], now: datetime) -> list[dict[str, Any]]:
    """Normalized instance hours of each person's clusters and runs, whoever used most first.

    Clusters that EMR gave no figure for yet count by our estimate; runs count once EMR gave one.
    """
    usage_of: dict[str, dict[str, Any]] = {}
    for cluster in launched:
        _of(usage_of, cluster.owner)["clusters"] += usage.used(cluster, now) or 0
    for run in ran:
        _of(usage_of, run.owner)["jobs"] += int(run.instance_hours or 0)
    people = [person | {"total": person["clusters"] + person["jobs"]} for person in usage_of.values()]
    return sorted(people, key=lambda person: (-person["total"], person["person"]))


def _of(totals: dict[str, dict[str, Any]], person: str) -> dict[str, Any]:
    return totals.setdefault(person, {"person": person, "clusters": 0, "jobs": 0})
