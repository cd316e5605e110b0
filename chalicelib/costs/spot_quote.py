"""What spot promises to a cluster that is launched now, by the site's settings."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.config import settings
from chalicelib.costs import service
from chalicelib.costs.models import Price
from chalicelib.costs.rules import Offer, offer
from chalicelib.site_settings import service as site_settings


def worker_types(now: datetime) -> list[str]:
    """The types that workers on spot may have; none where the site does not use spot."""
    site = site_settings.current(now)
    return (site.worker_types or [settings().worker_instance_type]) if site.spot else []


def types_in_use(now: datetime) -> list[str]:
    """The types of all machines that are launched now."""
    site, deployment = site_settings.current(now), settings()
    return [deployment.master_instance_type, *(site.worker_types or [deployment.worker_instance_type])]


def prices(now: datetime) -> list[Price]:
    """The known prices of those types, in the order in which the site names them."""
    types = worker_types(now)
    known = service.known(types, now) if types else {}
    return [known[name] for name in types if name in known]


def current(now: datetime) -> Offer | None:
    """What a worker costs an hour; None without spot, and while no price is known."""
    both = ((price.hour_on_demand, price.hour_on_spot) for price in prices(now))
    return offer((on_demand, spot) for on_demand, spot in both if on_demand is not None and spot is not None)


def refresh(now: datetime) -> None:
    """Learn the prices that estimates and receipts need, if they are due."""
    service.refresh(types_in_use(now), worker_types(now), now)
