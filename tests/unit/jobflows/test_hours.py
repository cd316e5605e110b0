"""Instance hours: across midnight, a change of the clocks, and more than a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.clusters.models import Cluster
from chalicelib.clusters.usage import used
from chalicelib.jobflows import instances
from chalicelib.jobflows.hours import begun_hours, estimated, hourly, weight
from chalicelib.site_settings.settings import SiteSettings
from tests.support.emr_requests import SETTINGS

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("started", "ended", "begun"),
    [
        (START, START, 0),
        (START, START - timedelta(seconds=1), 0),
        (START, START - timedelta(hours=2), 0),
        (START, START + timedelta(microseconds=1), 1),
        (START, START + timedelta(minutes=59, seconds=59), 1),
        (START, START + timedelta(hours=1), 1),
        (START, START + timedelta(hours=1, seconds=1), 2),
        (datetime(2026, 11, 22, 23, 30, tzinfo=UTC), datetime(2026, 11, 23, 0, 15, tzinfo=UTC), 1),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), datetime(2027, 1, 1, 2, 30, tzinfo=UTC), 4),
        (START, START + timedelta(hours=24), 24),
        (START, START + timedelta(hours=25), 25),  # the seconds of this timedelta alone would say 1
        (START, START + timedelta(days=3, seconds=1), 73),
        # The clocks go back: the wall says two hours, three passed.
        (datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), datetime(2026, 10, 25, 3, 30, tzinfo=BERLIN), 3),
        # The clocks go forward: the wall says two hours, one passed.
        (datetime(2026, 3, 29, 1, 30, tzinfo=BERLIN), datetime(2026, 3, 29, 3, 30, tzinfo=BERLIN), 1),
        (datetime(2026, 11, 1, 0, 0, tzinfo=NEW_YORK), datetime(2026, 11, 2, 0, 0, tzinfo=NEW_YORK), 25),
        (datetime(2026, 11, 22, 10, 0, tzinfo=BERLIN), datetime(2026, 11, 22, 9, 30, tzinfo=UTC), 1),
    ],
)
def test_hours_begun(started: datetime, ended: datetime, begun: int) -> None:
    assert begun_hours(started, ended) == begun


@pytest.mark.parametrize(
    ("instance_type", "counts"),
    [
        ("m1.small", 1), ("t3.nano", 0.25), ("m1.medium", 2), ("m1.large", 4), ("m5.xlarge", 8), ("r5.2xlarge", 16),
        ("c6gd.12xlarge", 96), ("m5.24xlarge", 192), ("x.unheard-of", 8), ("nonsense", 8),
    ],
)  # fmt: skip
def test_larger_instances_count_more(instance_type: str, counts: float) -> None:
    assert weight(instance_type) == counts


@pytest.mark.parametrize(
    ("size", "spot", "counts"), [(1, False, 8), (2, False, 24), (3, False, 32), (30, False, 248), (3, True, 8 + 3 * 16)]
)
def test_what_an_hour_of_the_cluster_that_emr_is_asked_for_counts(size: int, spot: bool, counts: float) -> None:
    site = SiteSettings(spot=spot, worker_types=["m5.xlarge", "r5.2xlarge"])
    settings = replace(SETTINGS, master_instance_type="m5.xlarge")
    assert hourly({"Instances": instances.instances(size, settings, site)}) == counts


spans = st.timedeltas(timedelta(0), timedelta(days=60))
moments = st.timedeltas(timedelta(days=-2000), timedelta(days=2000)).map(lambda away: START + away)
zones = st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Kathmandu"), UTC])


@given(moments, spans, spans, st.integers(0, 2000), zones)
def test_hours_add_up_wherever_the_clock_hangs(
    start: datetime, first: timedelta, more: timedelta, each_hour: int, zone: ZoneInfo
) -> None:
    """Longer never costs less; every instance's hours cover the time by less than one; the time zone does not matter."""
    end = start + first
    begun = begun_hours(start, end)
    assert first <= timedelta(hours=begun) < first + timedelta(hours=1)
    assert begun_hours(start.astimezone(zone), end.astimezone(zone)) == begun
    assert estimated(start, end, each_hour) <= estimated(start, end + more, each_hour)
    assert estimated(start, end, 2 * each_hour) == 2 * estimated(start, end, each_hour)


def test_emrs_own_figure_counts_once_the_cluster_has_ended() -> None:
    cluster = Cluster("c-1", status="WAITING", started_at=START, instance_hours=None, hourly_weight=8)
    later = START + timedelta(hours=25)
    assert used(cluster, later) == 200
    cluster.instance_hours = 8  # EMR's running figure lags
    assert used(cluster, later) == 200
    cluster.status, cluster.finished_at = "TERMINATED", later
    assert used(cluster, later + timedelta(days=9)) == 8
    cluster.instance_hours = None
    assert used(cluster, later + timedelta(days=9)) == 200
    assert used(Cluster("c-2", status="FAILED_TO_LAUNCH", hourly_weight=8), later) is None


@pytest.mark.parametrize(
    ("instance_type", "counts"), [("t3.micro", 0.5), ("t3.small", 1), ("c5.2", 8), ("m5.metal", 8)]
)
def test_sizes_count_by_their_names(instance_type: str, counts: float) -> None:
    assert weight(instance_type) == counts


def test_a_cluster_that_never_started_used_nothing_known() -> None:
    assert used(Cluster("c-1", status="STARTING", hourly_weight=8), START) is None
    assert used(Cluster("c-1", status="WAITING", started_at=START), START) is None
