"""What EMR is asked for, and the storage of each machine."""

from __future__ import annotations

import pytest

from chalicelib.costs.machines import Machines, Market, of_request, storage_gib
from chalicelib.jobflows.instances import instances
from chalicelib.site_settings.settings import SiteSettings
from tests.support.emr_requests import SETTINGS


@pytest.mark.parametrize(
    ("instance_type", "gib"),
    [
        ("m5.large", 47),
        ("m5.xlarge", 79),  # two volumes of 32 beside the root's 15
        ("m5.2xlarge", 143),
        ("r6g.4xlarge", 271),
        ("c5.metal", 47),
        ("m5d.xlarge", 15),  # it has disks of its own
        ("r6gd.2xlarge", 15),
        ("i3.xlarge", 15),
        ("d3en.xlarge", 15),
        ("is4gen.large", 15),
    ],
)
def test_storage(instance_type: str, gib: int) -> None:
    assert storage_gib(instance_type) == gib


@pytest.mark.parametrize(
    ("size", "site", "expected"),
    [
        (1, SiteSettings(), [("MASTER", Market.ON_DEMAND, 1)]),
        (1, SiteSettings(spot=True), [("MASTER", Market.ON_DEMAND, 1)]),
        (4, SiteSettings(), [("MASTER", Market.ON_DEMAND, 1), ("CORE", Market.ON_DEMAND, 4)]),
        (
            4, SiteSettings(spot=True, task_size=3),
            [("MASTER", Market.ON_DEMAND, 1), ("CORE", Market.SPOT, 1), ("TASK", Market.SPOT, 3)],
        ),
    ],
)  # fmt: skip
def test_the_machines_of_a_request(size: int, site: SiteSettings, expected: list[tuple[str, Market, int]]) -> None:
    every = of_request(instances(size, SETTINGS, site))
    assert [(one.role, one.market, one.count) for one in every] == expected


def test_a_fleet_names_all_its_types() -> None:
    site = SiteSettings(spot=True, worker_types=["m5.xlarge", "m5a.xlarge"])
    assert of_request(instances(3, SETTINGS, site))[1] == Machines("CORE", ("m5.xlarge", "m5a.xlarge"), Market.SPOT, 3)
