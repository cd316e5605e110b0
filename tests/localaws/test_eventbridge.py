"""Rules of the template: those with a schedule tick, those with a pattern match."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localaws.clock import CloudClock
from localaws.cloud import LocalCloud
from localaws.eventbridge import EventBus
from localaws.schedules import next_time
from tests.support.http import until

SUNDAY = datetime(2026, 11, 22, 14, 30, 10, tzinfo=UTC)


class Invoked:
    """Stands for the functions: who would have been invoked."""

    def __init__(self) -> None:
        self.by_function: dict[str, list[Any]] = {}

    def invoke_later(self, name: str, event: Any) -> None:
        self.by_function.setdefault(name.rsplit(":", 1)[-1], []).append(event)

    def times(self, function: str) -> int:
        return len(self.by_function.get(function, []))


@pytest.fixture
def invoked() -> Invoked:
    return Invoked()


@pytest.fixture
def bus(cloud: LocalCloud, invoked: Invoked) -> Iterator[EventBus]:
    """The deployed rules with a clock of their own."""
    made = EventBus(cloud.account, cloud.region, CloudClock(), invoked)  # type: ignore[arg-type]
    yield made
    made.close()


def test_schedules_tick_by_the_clock(bus: EventBus, invoked: Invoked) -> None:
    bus.start_ticking()
    until(lambda: len(bus._due) == 2)
    assert invoked.by_function == {}
    bus._clock.advance(seconds=61)
    until(lambda: invoked.times("atmo-local-dispatch") == 1)
    bus._clock.advance(seconds=61)
    until(lambda: invoked.times("atmo-local-dispatch") == 2)
    assert invoked.times("atmo-local-sweep") == 0
    bus._clock.advance(minutes=4)
    until(lambda: invoked.times("atmo-local-sweep") == 1)
    event = invoked.by_function["atmo-local-sweep"][0]
    assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")


def test_after_a_leap_a_rule_fires_once(bus: EventBus, invoked: Invoked) -> None:
    bus.start_ticking()
    until(lambda: len(bus._due) == 2)
    bus._clock.advance(hours=10)
    until(lambda: invoked.times("atmo-local-sweep") == 1)
    bus._clock.advance(seconds=5)
    until(lambda: all(due > bus._clock.now() for due in bus._due.values()))
    assert invoked.times("atmo-local-dispatch") == 1


def test_patterns_choose_the_function(bus: EventBus, invoked: Invoked) -> None:
    bus.deliver(bus.event("aws.emr", "EMR Cluster State Change", {"state": "STARTING"}))
    bus.deliver(bus.event("aws.s3", "Object Created", {}))
    assert list(invoked.by_function) == ["atmo-local-on-emr-event"]
    assert invoked.by_function["atmo-local-on-emr-event"][0]["account"] == "123456789012"


def test_what_is_put_by_the_api_reaches_functions(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.entrypoints import events

    seen: list[Any] = []
    monkeypatch.setattr(events, "handler", lambda event, context: seen.append(event))
    entry = {"Source": "aws.emr", "DetailType": "EMR Step Status Change", "Detail": json.dumps({"state": "RUNNING"})}
    cloud.client("events").put_events(Entries=[entry])
    until(lambda: [event["detail"] for event in seen] == [{"state": "RUNNING"}])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("rate(1 minute)", SUNDAY + timedelta(minutes=1)),
        ("rate(5 minutes)", SUNDAY + timedelta(minutes=5)),
        ("rate(1 day)", SUNDAY + timedelta(days=1)),
        ("cron(0 12 * * ? *)", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("cron(0/15 * * * ? *)", datetime(2026, 11, 22, 14, 45, tzinfo=UTC)),
        # EventBridge's first day of the week is Sunday.
        ("cron(0 8 ? * 2 *)", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("cron(0 8 ? * MON-FRI *)", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("cron(0 0 1 1 ? 2028)", datetime(2028, 1, 1, tzinfo=UTC)),
    ],
)
def test_schedule_expressions(expression: str, expected: datetime) -> None:
    assert next_time(expression, SUNDAY) == expected


@pytest.mark.parametrize("expression", ["rate(0.5 hours)", "every minute", "cron(0 0 1 1 ? 2020)"])
def test_expressions_that_eventbridge_does_not_take(expression: str) -> None:
    with pytest.raises(ValueError, match=r"EventBridge|never"):
        next_time(expression, SUNDAY)
