"""Worked examples of bills, checked by hand, and that parts always add up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.costs.billing import Machine, Part, Rates, bill, billed_seconds, by_month, whole
from chalicelib.costs.machines import Market

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
RATES = Rates(ec2=Decimal("0.192"), emr=Decimal("0.048"), gb_month=Decimal("0.08"))
SPOT_RATES = Rates(ec2=Decimal("0.0768"), emr=Decimal("0.048"), gb_month=Decimal("0.08"))


def rates(instance_type: str, market: Market) -> Rates | None:
    if instance_type != "m5.xlarge":
        return None
    return RATES if market == Market.ON_DEMAND else SPOT_RATES


def machine(started: datetime, span: timedelta, market: Market = Market.ON_DEMAND, **more: bool) -> Machine:
    return Machine("CORE", "m5.xlarge", market, started, started + span, **more)


def parts_of(*machines: Machine) -> list[Part]:
    parts, missing = bill(machines, rates)
    assert missing == []
    return parts


def amounts(part: Part) -> tuple[str, str, str]:
    return str(part.ec2), str(part.emr), str(part.ebs)


def test_an_hour_over_midnight() -> None:
    """23:30 to 00:30 within a month is one hour: 0.192 + 0.048, and 79 GiB * 0.08 / (30 * 24)."""
    (part,) = parts_of(machine(datetime(2026, 11, 22, 23, 30, tzinfo=UTC), timedelta(hours=1)))
    assert (part.month, part.seconds, amounts(part)) == ("2026-11", 3600, ("0.192000", "0.048000", "0.008778"))
    assert part.amount == Decimal("0.248778")


def test_twenty_five_hours() -> None:
    """25 * 0.192 = 4.8; 25 * 0.048 = 1.2; 25 * 6.32 / 720 = 0.219444."""
    (part,) = parts_of(machine(NOON, timedelta(hours=25)))
    assert (part.seconds, amounts(part)) == (90_000, ("4.800000", "1.200000", "0.219444"))


@pytest.mark.parametrize(
    ("midnight", "hours"),
    [
        (datetime(2026, 10, 25, tzinfo=BERLIN), 25),  # the clocks are set back: a day of 25 hours
        (datetime(2026, 3, 29, tzinfo=BERLIN), 23),  # and forward
    ],
)
def test_a_day_on_which_the_clocks_change(midnight: datetime, hours: int) -> None:
    """From midnight to midnight on the clock of Berlin."""
    day = Machine("MASTER", "m5.xlarge", Market.ON_DEMAND, midnight, midnight + timedelta(days=1))
    assert billed_seconds(day) == hours * 3600


def test_a_spot_machine_that_was_reclaimed_after_seven_minutes() -> None:
    """EC2 charges nothing for it; EMR does, 0.048 * 7 / 60, and so does EBS, 6.32 * 420 / 2592000."""
    (part,) = parts_of(machine(NOON, timedelta(minutes=7), Market.SPOT, was_reclaimed=True))
    assert (part.seconds, amounts(part)) == (420, ("0.000000", "0.005600", "0.001024"))


def test_one_that_was_reclaimed_later_or_ended_by_us_is_paid_for() -> None:
    """0.0768 for the hour; 0.0768 * 7 / 60 = 0.00896."""
    (later,) = parts_of(machine(NOON, timedelta(hours=1), Market.SPOT, was_reclaimed=True))
    assert str(later.ec2) == "0.076800"
    (by_us,) = parts_of(machine(NOON, timedelta(minutes=7), Market.SPOT))
    assert str(by_us.ec2) == "0.008960"
    (on_demand,) = parts_of(machine(NOON, timedelta(minutes=7), was_reclaimed=True))
    assert str(on_demand.ec2) == "0.022400"


def test_a_bootstrap_that_failed_at_once_costs_a_minute() -> None:
    """Three machines for 20 seconds: 180 seconds are billed, 0.192 / 20 and 0.048 / 20."""
    (part,) = parts_of(*[machine(NOON, timedelta(seconds=20))] * 3)
    assert (part.seconds, amounts(part)) == (180, ("0.009600", "0.002400", "0.000439"))


def test_an_extension_is_paid_like_the_rest() -> None:
    """Two hours, extended by two: what four hours cost."""
    (extended,) = parts_of(machine(NOON, timedelta(hours=2) + timedelta(hours=2)))
    assert amounts(extended) == ("0.768000", "0.192000", "0.035111")


def test_a_fleet_that_is_resized_pays_each_machine_for_its_own_time() -> None:
    """Three hours of one machine on demand: 3 * 0.192, 3 * 0.048, 3 * 6.32 / 720. After an hour the fleet gets two on spot, and
    after another it gives one of them back: 2 + 1 hours, 3 * 0.0768, and the rest like on demand."""
    resized = NOON + timedelta(hours=1)
    on_demand, spot = parts_of(
        machine(NOON, timedelta(hours=3)),
        machine(resized, timedelta(hours=2), Market.SPOT),
        machine(resized, timedelta(hours=1), Market.SPOT),
    )
    assert (on_demand.seconds, amounts(on_demand)) == (10_800, ("0.576000", "0.144000", "0.026333"))
    assert (spot.seconds, amounts(spot)) == (10_800, ("0.230400", "0.144000", "0.026333"))
    assert whole([on_demand, spot]) == Decimal("1.147066")


def test_a_months_end_is_billed_in_both_months() -> None:
    """Two hours around the end of January: storage is dearer in February, 6.32 / 744 and 6.32 / 672."""
    january, february = parts_of(machine(datetime(2027, 1, 31, 23, tzinfo=UTC), timedelta(hours=2)))
    assert (january.month, january.seconds, amounts(january)) == ("2027-01", 3600, ("0.192000", "0.048000", "0.008495"))
    assert (february.month, february.seconds, amounts(february)) == (
        "2027-02",
        3600,
        ("0.192000", "0.048000", "0.009405"),
    )
    assert whole([january, february]) == Decimal("0.497900")


def test_a_year_end_in_the_middle_of_a_second() -> None:
    started = datetime(2026, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)
    assert list(by_month(started, 60)) == [("2026-12", 1), ("2027-01", 59)]


def test_parts_are_kept_apart_by_role_type_and_market() -> None:
    other = Machine("MASTER", "m5.xlarge", Market.ON_DEMAND, NOON, NOON + timedelta(hours=1))
    parts = parts_of(machine(NOON, timedelta(hours=1)), machine(NOON, timedelta(hours=1), Market.SPOT), other)
    assert [(part.role, part.market) for part in parts] == [
        ("CORE", Market.ON_DEMAND), ("CORE", Market.SPOT), ("MASTER", Market.ON_DEMAND),
    ]  # fmt: skip


def test_without_one_price_there_is_no_bill() -> None:
    strange = Machine("CORE", "x9.large", Market.SPOT, NOON, NOON + timedelta(hours=1))
    assert bill([machine(NOON, timedelta(hours=1)), strange], rates) == ([], ["x9.large SPOT"])


moments = st.integers(0, 3 * 365 * 86_400 * 1000).map(
    lambda ms: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
machines = st.builds(
    lambda role, market, started, seconds, reclaimed: Machine(
        role, "m5.xlarge", market, started, started + timedelta(seconds=seconds), reclaimed
    ),
    st.sampled_from(["MASTER", "CORE", "TASK"]), st.sampled_from(Market), moments, st.floats(0, 90 * 86_400), st.booleans(),
)  # fmt: skip


@given(st.lists(machines, max_size=8))
def test_the_parts_add_up_to_the_whole(every: list[Machine]) -> None:
    """In seconds exactly, in money to a millionth of a dollar for each amount that is rounded, whichever way it is cut."""
    parts = parts_of(*every)
    assert sum(part.seconds for part in parts) == sum(billed_seconds(one) for one in every)
    assert whole(parts) == sum((part.ec2 + part.emr + part.ebs for part in parts), Decimal())
    assert whole(parts) == sum(
        (whole([p for p in parts if p.month == month]) for month in {p.month for p in parts}), Decimal()
    )
    one_by_one = sum((whole(parts_of(one)) for one in every), Decimal())
    assert abs(whole(parts) - one_by_one) <= Decimal("0.000003") * (len(parts) + 4 * len(every) + 1)


@given(moments, st.integers(1, 400 * 86_400))
def test_every_second_is_in_one_month(started: datetime, seconds: int) -> None:
    pieces = list(by_month(started, seconds))
    assert sum(within for _, within in pieces) == seconds
    assert [month for month, _ in pieces] == sorted({month for month, _ in pieces})
