"""The prices that the sweep has stored."""

from __future__ import annotations

from datetime import datetime

from chalicelib.costs.models import Price


def forget_prices() -> None:
    """As if the sweep had not asked for any yet."""
    for price in Price.scan():
        price.delete()


def know_prices(now: datetime) -> None:
    """As if the sweep had just asked for those of the machines that there are unless somebody chooses others."""
    Price("m5.xlarge", on_demand="0.192", emr="0.048", spot="0.08", listed_at=now, spot_at=now).save()
    Price("ebs gp3", gb_month="0.08", listed_at=now).save()
