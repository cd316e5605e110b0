"""The sweep, run to its end, as the rule of every five minutes runs it."""

from __future__ import annotations

from typing import Any

from localaws.cloud import LocalCloud


def sweep(cloud: LocalCloud) -> None:
    """One sweep. A function that fails fails the test."""
    done = cloud.functions.invoke("sweep", _scheduled())
    assert done.error is None, done.error


def _scheduled() -> dict[str, Any]:
    """What EventBridge gives a scheduled function."""
    return {
        "version": "0", "id": "1", "account": "1", "region": "us-east-1", "detail": {}, "detail-type": "Scheduled Event",
        "source": "aws.events", "time": "2026-11-22T09:05:00Z", "resources": [],
    }  # fmt: skip
