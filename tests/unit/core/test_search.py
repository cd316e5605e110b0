"""What is looked for in a list: words, filters, dates, and the order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies

from chalicelib.core.search import CREATED, NEWEST, Fields, Search, select

DAY = datetime(2026, 11, 27, tzinfo=UTC)
FIELDS = Fields(
    texts=("name", "owner"),
    filters={"size": lambda record: record.size, "is_late": lambda record: record.is_late},
    sorts=("name", "size"),
)


@dataclass(frozen=True)
class Record:
    id: str
    name: str = "Revenue"
    owner: str | None = "alice"
    size: float | None = 2.0
    is_late: bool = False
    created_at: datetime = DAY
    other: Mapping[str, str] = field(default_factory=dict)


def ids(records: list[Record], **search: Any) -> list[str]:
    return [record.id for record in select(records, Search(**search), FIELDS)]


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True), ("  ", True), ("rev", True), ("REVENUE", True), ("alice rev", True), ("Alice  REV", True), ("venue", True),
        ("revenues", False), ("rev bob", False), ("alicerevenue", False), ("2", False), ("none", False), (".*", False),
    ],
)  # fmt: skip
def test_all_words_occur_in_whatever_case(text: str, matches: bool) -> None:
    assert ids([Record("r")], text=text) == (["r"] if matches else [])


def test_no_value_is_no_text() -> None:
    assert ids([Record("r", owner=None)], text="none") == []


@pytest.mark.parametrize(
    ("filters", "matches"),
    [({"size": "2"}, True), ({"size": "2.0"}, False), ({"size": "02"}, False), ({"is_late": "no"}, True),
     ({"is_late": "yes"}, False), ({"size": "2", "is_late": "no"}, True), ({"size": "2", "is_late": "yes"}, False)],
)  # fmt: skip
def test_filters_are_exact_and_all_hold(filters: dict[str, str], matches: bool) -> None:
    assert ids([Record("r")], filters=filters) == (["r"] if matches else [])


@pytest.mark.parametrize(
    ("since", "until", "matches"),
    [(0, None, True), (1, None, False), (None, 0, False), (None, 1, True), (-1, 1, True), (-2, -1, False)],
)
def test_dates_include_their_beginning_and_not_their_end(since: int | None, until: int | None, matches: bool) -> None:
    def at(hours: int | None) -> datetime | None:
        return None if hours is None else DAY + timedelta(hours=hours)

    assert ids([Record("r")], since=at(since), until=at(until)) == (["r"] if matches else [])


@given(
    sizes=strategies.lists(strategies.none() | strategies.integers(1, 9), max_size=20), descending=strategies.booleans()
)
def test_those_without_a_value_come_last_whichever_way_it_is_sorted(sizes: list[int | None], descending: bool) -> None:
    records = [Record(str(number), size=size) for number, size in enumerate(sizes)]
    order = select(records, Search(sort="-size" if descending else "size"), FIELDS)
    values = [record.size for record in order]
    present = [value for value in values if value is not None]
    assert values == sorted(present, reverse=descending) + [None] * (len(values) - len(present))
    assert sorted(record.id for record in order) == sorted(record.id for record in records)


def test_names_are_sorted_in_whatever_case() -> None:
    assert ids([Record("b", "beta"), Record("a", "Alpha"), Record("c", "Gamma")], sort="name") == ["a", "b", "c"]


@pytest.mark.parametrize("sort", [NEWEST, CREATED])
def test_by_creation_a_list_stays_as_its_index_has_it(sort: str) -> None:
    assert ids([Record("2"), Record("1"), Record("3")], sort=sort) == ["2", "1", "3"]


def test_what_a_list_is_searched_by_names_its_parameters_and_attributes() -> None:
    assert FIELDS.parameters == ("q", "size", "is_late", "since", "until", "sort")
    assert FIELDS.orders == ("-created_at", "created_at", "name", "-name", "size", "-size")
    assert FIELDS.attributes == ("id", "created_at", "name", "owner", "size")
