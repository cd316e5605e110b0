"""EventBridge: the rules that the template made tick by the cloud's clock, match events, and invoke functions.

moto keeps the rules and matches patterns; delivery to Lambda and schedules are here. Only the default bus has rules.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from moto.events.models import Rule, events_backends

from localaws.clock import CloudClock
from localaws.lambdas import Functions
from localaws.patching import replace
from localaws.schedules import next_time

log = logging.getLogger("localaws.eventbridge")

Event = dict[str, Any]

_MIN_INTERVAL = 0.5
"""Real seconds between two times that a rule fires, however fast the clock is: handlers take real time."""

_POLL = 1.0
"""Real seconds after which the ticker notices rules that were made, enabled or disabled."""


class EventBus:
    """The default bus. Every event goes through `deliver`, which tests may replace to lose or repeat some."""

    def __init__(self, account: str, region: str, clock: CloudClock, functions: Functions) -> None:
        self._account = account
        self._region = region
        self._clock = clock
        self._functions = functions
        self._closing = clock.event()
        self._due: dict[str, datetime] = {}
        self.deliver: Callable[[Event], None] = self.send_to_targets

    def install(self) -> None:
        """Let events that come through the API (PutEvents) reach functions too."""
        replace(Rule, "send_to_targets", self._sending_to_functions)

    def _sending_to_functions(self, original: Any) -> Any:
        def send_to_targets(rule: Any, original_event: Any, transform_input: bool = True) -> None:
            targets = rule.targets
            if rule.event_pattern.get_pattern() and rule.event_pattern.matches_event(original_event):
                self._invoke(targets, original_event)
            rule.targets = [target for target in targets if not _is_function(target)]
            try:
                original(rule, original_event, transform_input)
            finally:
                rule.targets = targets

        return send_to_targets

    def event(self, source: str, detail_type: str, detail: Event, resources: list[str] | None = None) -> Event:
        """An event in EventBridge's envelope, at the cloud's time."""
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self._account,
            "time": self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": resources or [],
            "detail": detail,
        }

    def send_to_targets(self, event: Event) -> None:
        """Invoke, asynchronously, the functions of every enabled rule whose pattern matches."""
        for rule in self.rules():
            pattern = rule.event_pattern
            if rule.state == "ENABLED" and pattern.get_pattern() and pattern.matches_event(event):
                self._invoke(rule.targets, event)

    def rules(self) -> list[Any]:
        """moto's records of the rules."""
        return list(events_backends[self._account][self._region].event_buses["default"].rules.values())

    def start_ticking(self) -> None:
        """Fire the rules with a schedule whenever they are due."""
        threading.Thread(target=self._tick_until_closed, daemon=True, name="rules").start()

    def close(self) -> None:
        self._closing.set()

    def tick(self, function: str) -> None:
        """Fire the scheduled rules of a function now, by its name in app.py, whether they are due or not."""
        arn = self._functions.find(function).function_arn
        for rule in self.rules():
            if rule.scheduled_expression and any(target["Arn"] == arn for target in rule.targets):
                self._fire(rule)

    def _tick_until_closed(self) -> None:
        while not self._closing.is_set():
            now = self._clock.now()
            for rule in self.rules():
                if rule.scheduled_expression and rule.state == "ENABLED":
                    self._fire_if_due(rule, now)
            self._closing.wait(self._until_next())

    def _fire_if_due(self, rule: Any, now: datetime) -> None:
        """After the clock was moved far ahead a rule fires once, not once for every time it missed."""
        due = self._due.setdefault(rule.name, next_time(rule.scheduled_expression, now))
        if now < due:
            return
        upcoming = next_time(rule.scheduled_expression, due)
        if upcoming <= now:
            upcoming = next_time(rule.scheduled_expression, now)
        self._due[rule.name] = max(upcoming, now + timedelta(seconds=_MIN_INTERVAL * self._clock.speed))
        self._fire(rule)

    def _fire(self, rule: Any) -> None:
        self._invoke(rule.targets, self.event("aws.events", "Scheduled Event", {}, [rule.arn]))

    def _until_next(self) -> float:
        now = self._clock.now()
        waits = [(due - now).total_seconds() for due in self._due.values()]
        return max(0.0, min([*waits, _POLL * self._clock.speed]))

    def _invoke(self, targets: list[dict[str, Any]], event: Event) -> None:
        for target in targets:
            if _is_function(target):
                payload = json.loads(target["Input"]) if "Input" in target else event
                self._functions.invoke_later(target["Arn"], payload)


def _is_function(target: dict[str, Any]) -> bool:
    return ":lambda:" in target["Arn"]
