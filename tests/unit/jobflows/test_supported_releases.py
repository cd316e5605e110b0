"""On which EMR releases clusters can start."""

from __future__ import annotations

import pytest

from chalicelib.jobflows.supported_releases import UnsupportedRelease, refuse
from chalicelib.releases.service import FIRST_RELEASES
from tests.support.emr_requests import SETTINGS, SPOT


@pytest.mark.parametrize(
    ("version", "starts"),
    [
        ("7.12.0", True), ("7.1.0", True), ("7.99.99", True),
        ("7.0.0", False), ("6.15.0", False), ("5.36.2", False), ("8.0.0", False), ("", False),
    ],
)  # fmt: skip
def test_those_with_python_3_11_and_spark_3_5(version: str, starts: bool) -> None:
    assert (refuse(version) == "") == starts
    assert starts or f"EMR {version}" in refuse(version)


def test_what_a_new_deployment_offers_can_start() -> None:
    assert [release.version for release in FIRST_RELEASES if refuse(release.version)] == []


def test_a_record_of_an_earlier_time_is_not_launched_in_vain() -> None:
    from chalicelib.jobflows.request import jobflow_request

    with pytest.raises(UnsupportedRelease, match=r"^Clusters cannot start on EMR 6\.15\.0"):
        jobflow_request(
            SETTINGS, name="n", release="6.15.0", size=1, log_folder="jobs", tags={}, bootstrap_args=[], site=SPOT
        )
