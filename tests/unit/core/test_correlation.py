"""The id that everything has in common that came of one click."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core import correlation
from chalicelib.story.moments import MAX_MOMENTS, Moment, Source, in_order


def test_a_record_is_followed_until_the_invocation_ends() -> None:
    with correlation.within("request-1"):
        correlation.follow("click-1")
        assert correlation.current() == "click-1"
        with correlation.within("click-2"):
            assert correlation.current() == "click-2"
        assert correlation.current() == "click-1"
    assert correlation.current() == ""


def test_a_record_without_an_id_leaves_the_invocations_own() -> None:
    with correlation.within("request-1"), correlation.within(None):
        correlation.follow(None)
        assert correlation.current() == "request-1"


def moment(minute: int, source: Source) -> Moment:
    return Moment(datetime(2026, 11, 27, minute // 60 % 24, minute % 60, tzinfo=UTC), source, "c-1", f"{minute}")


def test_a_story_is_told_in_order_and_each_moment_once() -> None:
    later, log, entry = moment(5, Source.RECORD), moment(1, Source.LOG), moment(1, Source.AUDIT)
    assert in_order([later, log, entry, log]) == ([entry, log, later], 0)


def test_of_a_long_story_the_end_is_told() -> None:
    all_of_it = [moment(minute, source) for minute in range(24 * 60) for source in (Source.EMR, Source.LOG)]
    last_ones, left_out = in_order(all_of_it)
    assert (len(last_ones), left_out, last_ones[-1]) == (MAX_MOMENTS, len(all_of_it) - MAX_MOMENTS, all_of_it[-1])
