"""EMR's token buckets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from localaws.cloud import LocalCloud
from localaws.emr.rates import LIMITS, Rates


class StoppedClock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.passed = 0.0

    def seconds(self) -> float:
        return self.passed


@pytest.mark.parametrize(
    ("operation", "burst", "per_second"),
    [("RunJobFlow", 10, 0.5), ("TerminateJobFlows", 10, 0.5), ("DescribeCluster", 10, 1), ("ListClusters", 20, 0.5)],
)
def test_a_burst_then_as_the_bucket_fills(operation: str, burst: int, per_second: float) -> None:
    clock = StoppedClock()
    rates = Rates(clock, True)  # type: ignore[arg-type]
    assert [rates.admit(operation) for _ in range(burst + 3)] == [True] * burst + [False] * 3
    clock.passed += 1 / per_second
    assert [rates.admit(operation) for _ in range(2)] == [True, False]
    clock.passed += 1_000_000
    assert sum(rates.admit(operation) for _ in range(burst + 5)) == burst
    assert (rates.answered[operation], rates.throttled[operation]) == (2 * burst + 1, 3 + 1 + 5)


@given(pauses=st.lists(st.floats(0, 30), max_size=60))
def test_no_more_than_the_burst_and_what_was_filled_up(pauses: list[float]) -> None:
    clock, limit = StoppedClock(), LIMITS["RunJobFlow"]
    rates = Rates(clock, True)  # type: ignore[arg-type]
    for pause in pauses:
        clock.passed += pause
        rates.admit("RunJobFlow")
    assert rates.answered["RunJobFlow"] <= limit.burst + clock.passed * limit.per_second + 1e-6


@pytest.fixture
def throttling(cloud: LocalCloud) -> Iterator[LocalCloud]:
    cloud.clock.advance(minutes=5)  # whatever was called before, the buckets are full
    cloud.emr.rates.enforced = True
    yield cloud
    cloud.emr.rates.enforced = False


def test_a_call_beyond_the_limit_is_answered_as_emr_does(throttling: LocalCloud) -> None:
    import boto3
    from botocore.config import Config

    once = boto3.Session().client("emr", config=Config(retries={"total_max_attempts": 1}))
    for _ in range(LIMITS["ListClusters"].burst):
        once.list_clusters()
    throttling.emr.rates.admit("ListClusters")  # what was filled up in the meantime
    with pytest.raises(ClientError) as refused:
        once.list_clusters()
    assert refused.value.response["Error"] == {"Code": "ThrottlingException", "Message": "Rate exceeded"}
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    throttling.clock.advance(seconds=2)
    assert "Clusters" in once.list_clusters()
