"""What a deployment costs in a month in which nobody uses it, computed from its template.

Prices are AWS's published ones for us-east-1, without free tiers but those of dashboards and traces, which every account
has for good.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from deployment import published_prices as published

HOURS = 730
MINUTES = HOURS * 60
FREE_METRICS = 50
"""Of how many metrics a dashboard may be that is free."""


@dataclass(frozen=True)
class Tick:
    """What one run of a function that the clock calls takes while there is nothing to do.

    `seconds` is generous: bench measures CPU of a cold start, and these are warm. Reads and writes are DynamoDB's units.
    """

    every_minutes: int
    seconds: Decimal
    reads: int
    writes: int
    log_bytes: int


TICKS = {
    "Dispatch": Tick(1, Decimal("0.15"), reads=5, writes=0, log_bytes=500),
    "Sweep": Tick(5, Decimal("1.5"), reads=25, writes=3, log_bytes=1500),
}


@dataclass(frozen=True)
class Line:
    """One line of the bill, in US dollars a month."""

    what: str
    amount: Decimal
    source: str


def lines(template: Mapping[str, Any]) -> Iterator[Line]:
    """The bill of an idle month, line by line. What costs nothing while it is not used has no line."""
    resources = template["Resources"].values()
    yield _counted(
        "alarms, by the metrics they watch",
        sum(map(watched, resources)),
        published.PER_ALARM_METRIC,
        published.CLOUDWATCH,
    )
    keys = "KMS keys; none with `DiskKeyArn`"
    yield _counted(keys, _number(resources, "AWS::KMS::Key"), published.PER_KEY, published.KMS)
    yield _counted(
        "secrets", _number(resources, "AWS::SecretsManager::Secret"), published.PER_SECRET, published.SECRETS
    )
    yield _counted(
        "dashboard, one of three that each account has free; otherwise 3 $, and none with `Dashboard=no`",
        _number(resources, "AWS::CloudWatch::Dashboard"),
        Decimal(0),
        published.CLOUDWATCH,
    )
    traces = sum(MINUTES // tick.every_minutes for tick in TICKS.values())
    charged = max(0, traces - published.FREE_TRACES) * published.PER_TRACE
    free = f"traces, of {published.FREE_TRACES:,} that each account has free each month"
    yield Line(f"{traces:,} {free}", charged, published.XRAY)
    for name, tick in TICKS.items():
        yield from _of_tick(name, tick, Decimal(template["Resources"][name]["Properties"]["MemorySize"]) / 1024)


def _of_tick(name: str, tick: Tick, gigabytes: Decimal) -> Iterator[Line]:
    runs = MINUTES // tick.every_minutes
    compute = runs * (published.PER_INVOCATION + tick.seconds * gigabytes * published.PER_GB_SECOND)
    yield Line(f"{name}: {runs:,} runs of {tick.seconds} s", compute, published.LAMBDA)
    table = runs * (tick.reads * published.PER_READ + tick.writes * published.PER_WRITE)
    yield Line(f"{name}: {runs * tick.reads:,} reads and {runs * tick.writes:,} writes", table, published.DYNAMODB)
    logs = Decimal(runs * tick.log_bytes) / 10**9
    yield Line(f"{name}: {logs:.3f} GB of logs", logs * published.PER_LOG_GB, published.CLOUDWATCH)


def watched(resource: Mapping[str, Any]) -> int:
    """How many metrics an alarm watches, which is what it is charged by; 0 for what is no alarm."""
    if resource["Type"] != "AWS::CloudWatch::Alarm":
        return 0
    return sum("MetricStat" in metric for metric in resource["Properties"].get("Metrics", [])) or 1


def _number(resources: Any, kind: str) -> int:
    return sum(resource["Type"] == kind for resource in resources)


def _counted(what: str, number: int, price: Decimal, source: str) -> Line:
    return Line(f"{number} {what}", number * price, source)


def total(bill: list[Line]) -> Decimal:
    return sum((line.amount for line in bill), Decimal(0))
