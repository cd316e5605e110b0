"""What a cluster saves by having its workers on spot: recorded once, by a sweep, when it is ready."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.aws import fleets
from chalicelib.clusters.models import Cluster
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if
from chalicelib.costs import service as prices
from chalicelib.costs.rules import Machines, Saving, saving


def take_stock(cluster: Cluster, now: datetime) -> None:
    """Record once which workers are on spot and what they cost. Without an answer or a price, the next sweep tries again."""
    if not cluster.is_ready or not cluster.spot_timeout or cluster.spot_machines is not None:
        return
    try:
        counted = fleets.on_spot(str(cluster.jobflow_id))
    except Unavailable:
        logger.info("stock_postponed", extra={"cluster": cluster.id})
        return
    known = prices.known(counted, now)
    if set(counted) <= set(known):
        machines = [
            {
                "type": kind,
                "count": count,
                "on_demand": str(known[kind].hour_on_demand),
                "paid": str(known[kind].hour_on_spot),
            }
            for kind, count in sorted(counted.items())
        ]
        update_if(cluster, Cluster.spot_machines.does_not_exist(), [Cluster.spot_machines.set(machines)])


def so_far(cluster: Cluster, now: datetime) -> Saving | None:
    """What it saved from when it was ready to its end or to now; None on demand, and until stock was taken."""
    if cluster.spot_machines is None or not cluster.ready_at:
        return None
    machines = [
        Machines(one["type"], int(one["count"]), Decimal(one["on_demand"]), Decimal(one["paid"]))
        for one in cluster.spot_machines
    ]
    return saving(machines, cluster.ready_at, cluster.finished_at or now)


def as_json(saving: Saving | None) -> dict[str, Any] | None:
    """A saving as the API gives it: US dollars as texts, so that nobody rounds them by accident."""
    if saving is None:
        return None
    return {
        "currency": "USD",
        "is_estimate": True,
        "instance_hours": str(saving.instance_hours),
        "on_demand": str(saving.on_demand),
        "paid": str(saving.paid),
        "saved": str(saving.saved),
        "percent": saving.percent,
    }
