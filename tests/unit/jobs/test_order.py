"""The place of a job among those that start after one another, of jobs that were read."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.jobs import order as job_order
from chalicelib.jobs.models import Job
from chalicelib.jobs.order import Beyond, Order, Place


def job(name: str, after: str | None = None, *followers: str) -> Job:
    return Job(
        name, identifier=name, schedule="after" if after else "daily", after_job=after, followers=set(followers) or None
    )


CHAIN = [
    job("a", None, "b"),
    job("b", "a", "c", "x"),
    job("c", "b", "d", "e"),
    job("d", "c", "f"),
    job("e", "c"),
    job("f", "d"),
    job("x", "b"),
]


def seen_from(name: str, depth: int, sees: dict[str, bool] | None = None, gone: tuple[str, ...] = ()) -> Order:
    known: dict[str, Job | None] = {one.id: None if one.id in gone else one for one in CHAIN}
    everything = {job_id: True for job_id, one in known.items() if one}
    return job_order.order(next(one for one in CHAIN if one.id == name), known, everything | (sees or {}), depth)


def drawn(place: Place) -> Any:
    return [place.job.id, *map(drawn, place.starts), *([f"-{place.not_shared}"] if place.not_shared else [])] + (
        [f"+{place.further}"] if place.further else []
    )


def test_it_has_what_is_before_and_all_that_starts_after() -> None:
    order = seen_from("c", 3)
    assert drawn(order.top) == ["a", ["b", ["c", ["d", ["f"]], ["e"]], "+1"]]
    assert [(place.job.id, place.step, before and before.id) for place, before in order.places()] == [
        ("a", -2, None), ("b", -1, "a"), ("c", 0, "b"), ("d", 1, "c"), ("e", 1, "c"), ("f", 2, "d"),
    ]  # fmt: skip
    assert (order.beyond, order.is_gone) == (Beyond.NOTHING, False)


def test_it_ends_at_its_depth_and_says_that_more_follows() -> None:
    assert drawn(seen_from("c", 1).top) == ["b", ["c", ["d", "+1"], ["e"]], "+1"]
    assert seen_from("c", 1).beyond == Beyond.FURTHER
    assert seen_from("b", 1).beyond == Beyond.NOTHING


def test_nothing_is_shown_of_a_job_that_is_not_shared_nor_behind_it() -> None:
    order = seen_from("c", 3, {"d": False})
    assert drawn(order.own) == ["c", ["e"], "-1"]
    above = seen_from("c", 3, {"b": False})
    assert (above.before, above.beyond, above.is_gone) == ((), Beyond.NOT_SHARED, False)


def test_a_deleted_job_is_said_to_be_one() -> None:
    assert seen_from("b", 3, gone=("a",)).is_gone
    below = seen_from("c", 3, gone=("a",))
    assert (below.beyond, below.is_gone, [one.id for one in below.before]) == (Beyond.DELETED, False, ["b"])
    assert drawn(seen_from("c", 3, gone=("d",)).own) == ["c", ["e"]]


def test_what_was_not_read_is_counted() -> None:
    known: dict[str, Job | None] = {one.id: one for one in CHAIN if one.id in "ace"}
    order = job_order.order(CHAIN[2], known, {"c": True}, 3)
    assert (drawn(order.own), order.beyond, order.before) == (["c", "+2"], Beyond.FURTHER, ())


@given(st.dictionaries(st.sampled_from("abcdefx"), st.booleans()), st.integers(0, 4))
def test_no_job_is_named_that_may_not_be_seen(sees: dict[str, bool], depth: int) -> None:
    order = seen_from("c", depth, sees | {"c": True})
    named = {place.job.id for place, _ in order.places()}
    assert not {job_id for job_id, sees_it in sees.items() if not sees_it and job_id != "c"} & named
    for place, _ in order.places():
        if place.step >= 0:
            assert len(place.starts) + place.not_shared + place.further == len(place.job.followers or ())
