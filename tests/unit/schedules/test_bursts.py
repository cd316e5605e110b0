"""Which objects a job takes, when a burst of them is over, and which places are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs.models import Job
from chalicelib.schedules import bursts

NOW = datetime(2026, 11, 28, 10, tzinfo=UTC)
ALLOWED = ["s3://data/in/", "s3://more/"]


def job(**fields: Any) -> Job:
    usual: dict[str, Any] = {
        "schedule": "objects",
        "timezone": "UTC",
        "start_date": NOW,
        "on_arrival": "s3://data/in/",
        "is_enabled": True,
    }
    return Job("j-1", **usual | fields)


def takes(one: Job, bucket: str = "data", key: str = "in/a.csv", now: datetime = NOW) -> bool:
    return bursts.takes(one, one.on_arrival, bucket, key, now)


def test_a_job_takes_what_arrives_at_its_place_in_its_time() -> None:
    assert takes(job())
    assert takes(job(on_arrival="s3://data/"), key="anything")
    assert not takes(job(), bucket="other")
    assert not takes(job(), key="out/a.csv")
    assert not takes(job(), key="in/folder/")
    assert not takes(job(is_enabled=False))
    assert not takes(job(schedule="daily"))
    assert not takes(job(on_arrival=None))
    assert not takes(job(), now=NOW - timedelta(seconds=1))
    assert takes(job(end_date=NOW + timedelta(seconds=1)))
    assert not takes(job(end_date=NOW))


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("s3://data/in/", ("data", "in/")),
        ("s3://data/", ("data", "")),
        ("s3://my.bucket-1/a b/c=1", ("my.bucket-1", "a b/c=1")),
        ("s3://data", ("", "")),
        ("s3a://data/in", ("", "")),
        ("s3://Data/in", ("", "")),
        ("s3://data/ü", ("", "")),
        ("", ("", "")),
    ],
)
def test_an_address_is_a_bucket_and_the_beginning_of_keys(address: str, parts: tuple[str, str]) -> None:
    assert bursts.bucket_and_prefix(address) == parts


def test_each_object_moves_the_end() -> None:
    assert bursts.over_at(NOW, 1, 10, NOW) == NOW + timedelta(minutes=10)
    later = NOW + timedelta(minutes=7)
    assert bursts.over_at(NOW, 2, 10, later) == NOW + timedelta(minutes=17)


def test_a_burst_is_over_in_the_end() -> None:
    late = NOW + bursts.OPEN_AT_MOST - timedelta(minutes=3)
    assert bursts.over_at(NOW, 2, 10, late) == NOW + bursts.OPEN_AT_MOST
    past = NOW + bursts.OPEN_AT_MOST + timedelta(minutes=3)
    assert bursts.over_at(NOW, 2, 10, past) == past
    assert bursts.over_at(NOW, bursts.MAX_OBJECTS, 10, NOW) == NOW
    assert bursts.over_at(NOW, bursts.MAX_OBJECTS - 1, 10, NOW) > NOW


def test_a_job_has_a_place_or_another_schedule() -> None:
    assert bursts.refusal("objects", "s3://data/in/") is bursts.refusal("daily", None) is None
    assert (bursts.refusal("objects", None) or ("",))[0] == "on_arrival"
    assert (bursts.refusal("daily", "s3://data/in/") or ("",))[0] == "schedule"


def test_only_allowed_places_that_are_not_atmos_own() -> None:
    own = {"results"}
    assert (
        bursts.place_refusal("s3://data/in/a/", ALLOWED, own) == bursts.place_refusal("s3://more/", ALLOWED, own) == ""
    )
    assert "s3://data/in/, s3://more/" in bursts.place_refusal("s3://data/i", ALLOWED, own)
    assert "lets no objects start jobs" in bursts.place_refusal("s3://data/in/", [], own)
    assert "would start itself" in bursts.place_refusal("s3://results/runs/", ["s3://results/"], own)


def test_writings_differ_by_each_part() -> None:
    assert bursts.digest("a", "b") == bursts.digest("a", "b")
    assert (
        len({bursts.digest("a", "b"), bursts.digest("ab", ""), bursts.digest("a", "c"), bursts.digest("b", "a")}) == 4
    )


@given(st.lists(st.text(max_size=1024), max_size=200))
def test_as_many_keys_as_fit_are_named_in_their_order(keys: list[str]) -> None:
    named = bursts.named(keys)
    assert named == keys[: len(named)]
    assert len(named) <= bursts.MAX_NAMED
    assert len(json.dumps(named)) <= bursts.MAX_NAMED_CHARACTERS
    if len(named) < min(len(keys), bursts.MAX_NAMED):
        assert len(json.dumps(keys[: len(named) + 1])) > bursts.MAX_NAMED_CHARACTERS
