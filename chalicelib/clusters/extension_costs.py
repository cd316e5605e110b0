"""What the extension of a cluster costs, before somebody makes it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.budgets import caps, reservations
from chalicelib.clusters.models import Cluster
from chalicelib.core.text import dollars, plural
from chalicelib.costs import extensions
from chalicelib.costs.estimates import Estimate


def estimate(cluster: Cluster, hours: int, now: datetime) -> Estimate:
    """What so many more hours of it cost."""
    return extensions.of_cluster(cluster.per_hour, int(cluster.size), hours, now)


def until_its_end(cluster: Cluster) -> int:
    """What it may cost from its launch to its present end, in millionths of a dollar; 0 where no price was known."""
    return caps.spent(cluster.per_hour, cluster.created_at, cluster.expires_at)


def notes(cluster: Cluster, estimated: Estimate) -> dict[str, str]:
    """In words, each "" where it is no matter: `unreserved`, that an extension with this estimate reserves nothing of the cluster's
    budgets, and `too_dear`, why it would be refused whatever they have left."""
    return reservations.notes_of_extension(cluster.reservation, estimated, until_its_end(cluster))


def sentence(cluster: Cluster, hours: int, now: datetime) -> str:
    """What so many more hours cost, and that budgets do not know of it where they do not."""
    estimated = estimate(cluster, hours, now)
    more = "an hour more costs" if hours == 1 else f"{plural(hours, 'hour')} more cost"
    if estimated.total is None:
        return f"What {more} is not known. {notes(cluster, estimated)['unreserved']}".strip()
    return f"{more[0].upper()}{more[1:]} {dollars(estimated.total)}."
