"""Webhooks' events and the mails beside them: what code sends is what docs/webhooks.md lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from chalicelib.runs import alerts, attempts

ROOT = Path(__file__).resolve().parents[3]
CODE = "\n".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
POSTED = set(re.findall(r'webhooks\.post\(\s*(?:f"[^"]+"|occasion),\s*"([a-z_.]+)"', CODE))
EVENTS = POSTED | set(alerts.EVENTS.values())
ALERTS = {attempts.FAILED_ALERT, attempts.TIMED_OUT_ALERT, attempts.RECOVERED, attempts.PAUSED, attempts.CAME_LATE}


def test_every_event_is_documented_and_every_documented_one_sent() -> None:
    documented = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \|", (ROOT / "docs/webhooks.md").read_text(), re.MULTILINE)
    assert len(POSTED) > 5
    assert sorted(documented) == sorted(EVENTS)


def test_every_alert_of_a_run_has_its_event() -> None:
    assert set(alerts.EVENTS) == ALERTS


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_events_are_named_by_what_they_are_about(event: str) -> None:
    assert event.partition(".")[0] in ("run", "job", "promise")
