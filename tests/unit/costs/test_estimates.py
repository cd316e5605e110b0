"""What something will cost: worked examples, checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.costs import estimates, service
from chalicelib.costs.machines import Machines, Market
from chalicelib.costs.models import Price
from chalicelib.costs.schemas import estimate_record

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MASTER = Machines("MASTER", ("m5.xlarge",), Market.ON_DEMAND, 1)


def price(
    name: str, on_demand: str | None, emr: str = "0.0480", spot: str | None = None, age: timedelta = timedelta()
) -> Price:
    return Price(
        name, on_demand=on_demand, emr=emr, listed_at=NOW - age, spot=spot, spot_at=NOW - age if spot else None
    )


def prices(*more: Price, gb_month: str | None = "0.0800") -> dict[str, Price]:
    volume = Price(service.VOLUME, gb_month=gb_month, listed_at=NOW)
    return {one.instance_type: one for one in (volume, price("m5.xlarge", "0.1920", spot="0.0768"), *more)}


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> Any:
    def store(*more: Price, gb_month: str | None = "0.0800") -> None:
        monkeypatch.setattr(service, "read", lambda names: prices(*more, gb_month=gb_month))

    store()
    return store


def test_a_master_for_a_day(stored: Any) -> None:
    """0.192 for EC2, 0.048 for EMR, and 79 GiB of the 720 hours of November: 79 * 0.08 / 720."""
    one = estimates.of_machines([MASTER], Decimal(24), NOW)
    hour = Decimal("0.24") + Decimal("6.32") / 720
    assert one.per_hour == hour
    assert one.total == hour * 24
    assert (one.on_demand, one.runs, one.priced_at) == (None, None, NOW)
    assert estimate_record(one) == {
        "per_hour": "0.248778", "total": "5.970667", "currency": "USD", "priced_at": "2026-11-22T12:00:00.000000Z",
        "basis": "1 m5.xlarge on demand, each with EMR's charge and EBS storage. Prices by AWS's price list of 2026-11-22.",
    }  # fmt: skip


def test_an_hour_of_storage_is_dearer_in_february(stored: Any) -> None:
    february = estimates.hourly([MASTER], prices(), datetime(2027, 2, 10, tzinfo=UTC))[0]
    assert february == Decimal("0.24") + Decimal("6.32") / 672


def test_spot_against_on_demand(stored: Any) -> None:
    workers = Machines("CORE", ("m5.xlarge",), Market.SPOT, 3)
    one = estimates.of_machines([MASTER, workers], Decimal(10), NOW)
    storage = 4 * Decimal("6.32") / 720
    assert one.per_hour is not None
    assert round(one.per_hour, 12) == round(Decimal("0.24") + 3 * (Decimal("0.0768") + Decimal("0.048")) + storage, 12)
    assert one.on_demand is not None
    assert round(one.on_demand, 12) == round((4 * Decimal("0.24") + storage) * 10, 12)
    assert "on spot by EC2 of 2026-11-22" in one.basis


def test_of_several_types_the_dearest_counts(stored: Any) -> None:
    stored(price("m5a.xlarge", "0.1720", "0.0430", "0.0900"))
    workers = Machines("CORE", ("m5.xlarge", "m5a.xlarge"), Market.SPOT, 1)
    per_hour, missing = estimates.hourly([workers], service.read(()), NOW)
    assert (per_hour, missing) == (Decimal("0.133") + Decimal("6.32") / 720, [])


@pytest.mark.parametrize(
    ("machines", "known", "missing"),
    [
        (Machines("CORE", ("x9.large",), Market.ON_DEMAND, 1), {}, "x9.large on demand"),
        (Machines("CORE", ("m5.xlarge", "x9.large"), Market.SPOT, 1), {}, "x9.large on spot"),
        (MASTER, {"gb_month": None}, "EBS gp3"),
    ],
)
def test_a_missing_price_is_said_and_not_guessed(
    stored: Any, machines: Machines, known: dict[str, Any], missing: str
) -> None:
    stored(**known)
    one = estimates.of_machines([machines], Decimal(1), NOW)
    assert (one.per_hour, one.total, one.priced_at) == (None, None, None)
    assert one.basis == f"There is no estimate: no current price is known for {missing}."
    record = estimate_record(one)
    assert (record["per_hour"], record["total"]) == (None, None)


def test_a_spot_price_of_yesterday_is_none(stored: Any) -> None:
    old = price("m5.xlarge", "0.1920", spot="0.0768", age=service.STALE + timedelta(seconds=1))
    assert service.hour_of(old, Market.SPOT, NOW) is None
    assert service.hour_of(old, Market.ON_DEMAND, NOW) == Decimal("0.24")
    assert service.hour_of(None, Market.ON_DEMAND, NOW) is None


def test_an_old_price_list_is_said_to_be_old(stored: Any) -> None:
    stored(price("m5.xlarge", "0.1920", age=timedelta(days=9)))
    one = estimates.of_machines([MASTER], Decimal(1), NOW)
    assert one.priced_at == NOW - timedelta(days=9)
    assert one.basis.endswith("by AWS's price list of 2026-11-13. The price list has not answered for 9 days.")


def test_runs_of_a_month_and_what_is_usual(stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "_machines", lambda size, now: [MASTER])
    hour = Decimal("0.24") + Decimal("6.32") / 720
    at_most = estimates.of_runs(1, 24, NOW, runs=30)
    assert (at_most.total, at_most.usual, at_most.per_month) == (24 * hour, None, 720 * hour)
    usual = estimates.of_runs(1, 24, NOW, usual_hours=Decimal("0.5"), runs=30)
    assert (usual.total, usual.usual, usual.per_month) == (24 * hour, hour / 2, 15 * hour)
    assert usual.basis.endswith("Usual is the median of earlier runs, 0.5 hours.")
