"""What the extension of a cluster costs, before somebody makes it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.budgets import reservations
from chalicelib.clusters.models import Cluster
from chalicelib.core.text import dollars, plural
from chalicelib.costs import extensions
from chalicelib.costs.estimates import Estimate


def estimate(cluster: Cluster, hours: int, now: datetime) -> Estimate:
    """What so many more hours of it cost."""
    return extensions.of_cluster(cluster.per_hour, int(cluster.size), hours, now)


def unreserved(cluster: Cluster, estimated: Estimate) -> str:
    """In words, that an extension with this estimate reserves nothing of the cluster's budgets; "" where that is no matter."""
    return reservations.unreserved_extension(cluster.reservation, estimated)


def sentence(cluster: Cluster, hours: int, now: datetime) -> str:
    """What so many more hours cost, and that budgets do not know of it where they do not."""
    estimated = estimate(cluster, hours, now)
    more = "an hour more costs" if hours == 1 else f"{plural(hours, 'hour')} more cost"
    if estimated.total is None:
        return f"What {more} is not known. {unreserved(cluster, estimated)}".strip()
    return f"{more[0].upper()}{more[1:]} {dollars(estimated.total)}."
