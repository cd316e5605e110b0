"""What a run costs beside its cluster, on the embedded cloud: less than a tenth of a cent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from scripts.bench.control_plane import Bench, table
from scripts.bench.meter import PRICES, Used, dollars
from tests.support.clouds import one_cloud

CENT = Decimal("0.01")


@pytest.fixture(scope="module")
def measured() -> Iterator[dict[str, Used]]:
    with one_cloud() as cloud:
        yield dict(Bench(cloud).measurements())


def test_a_run_and_a_launch_cost_less_than_a_tenth_of_a_cent(measured: dict[str, Used]) -> None:
    for what in ("a run that succeeds", "a cluster, launched and ended by its owner"):
        used = measured[what]
        assert dollars(used) - PRICES["metric_hours"] * used["metric_hours"] < CENT / 10


def test_all_that_is_charged_is_counted(measured: dict[str, Used]) -> None:
    """A run starts an execution, reads and writes tables and objects, and is measured; a page does none but the first."""
    run = measured["a run that succeeds"]
    assert all(run[unit] > 0 for unit in PRICES if unit != "mails")
    page = measured["the dashboard"]
    assert page["requests"] == page["invocations"] == Decimal(1)
    assert 0 < page["reads"] < 50
    assert page.get("writes", Decimal(0)) == page.get("transitions", Decimal(0)) == Decimal(0)


def test_the_table_has_a_line_for_each(measured: dict[str, Used]) -> None:
    lines = list(table(iter(measured.items())))
    assert len(lines) == 1 + len(measured)
    assert all(line.startswith(what) for what, line in zip(measured, lines[1:], strict=True))
