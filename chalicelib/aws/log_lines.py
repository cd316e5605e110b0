"""The functions' logs in CloudWatch, searched for words.

FilterLogEvents costs nothing, unlike Logs Insights, and needs one permission on each log group; it reads everything between two
moments, so these should be near each other.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.aws.clients import answering, client

MAX_PAGES = 20
"""Calls for one word in one log; CloudWatch may return empty pages while it reads on."""


@dataclass(frozen=True)
class Line:
    """One line of a log."""

    id: str
    at: datetime
    text: str


def find(group: str, words: Sequence[str], since: datetime, until: datetime) -> list[Line]:
    """The lines of a log with any of these words, each once, in no order.

    Raises:
        Unavailable: CloudWatch does not answer.
    """
    with answering("read the logs"):
        lines = {line.id: line for word in words for line in _with(word, group, since, until)}
    return list(lines.values())


def _with(word: str, group: str, since: datetime, until: datetime) -> Iterator[Line]:
    request: dict[str, Any] = {
        "logGroupName": group,
        "filterPattern": f'"{word}"',
        "startTime": _milliseconds(since),
        "endTime": _milliseconds(until),
    }
    for _ in range(MAX_PAGES):
        answer = client("logs").filter_log_events(**request)
        for event in answer["events"]:
            at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
            yield Line(event["eventId"], at, event["message"])
        if not answer.get("nextToken"):
            return
        request["nextToken"] = answer["nextToken"]


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
