"""DynamoDB's units, by the worked examples of its developer guide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from scripts.bench import units


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ({"id": {"S": "c-1"}}, 5),
        ({"name": {"S": "é"}}, 6),
        ({"n": {"N": "27"}}, 4),
        ({"n": {"N": "-27.5"}}, 4),
        ({"b": {"BOOL": True}}, 2),
        ({"b": {"NULL": True}}, 2),
        ({"l": {"L": []}}, 4),
        ({"l": {"L": [{"S": "ab"}, {"S": "c"}]}}, 9),
        ({"m": {"M": {"k": {"S": "v"}}}}, 7),
        ({"s": {"SS": ["ab", "c"]}}, 4),
        ({}, 0),
    ],
)
def test_the_size_of_an_item(item: dict[str, Any], size: int) -> None:
    assert units.size(item) == size


@pytest.mark.parametrize(
    ("size", "consistent", "charged"),
    [(0, True, "1"), (4096, True, "1"), (4097, True, "2"), (4096, False, "0.5"), (10_000, False, "1.5")],
)
def test_reads_are_charged_by_4_kb_and_half_where_they_may_be_old(size: int, consistent: bool, charged: str) -> None:
    assert units.reads(size, consistent) == Decimal(charged)


@pytest.mark.parametrize(("size", "charged"), [(0, 1), (1024, 1), (1025, 2), (3500, 4)])
def test_writes_are_charged_by_1_kb(size: int, charged: int) -> None:
    assert units.writes(size) == charged
