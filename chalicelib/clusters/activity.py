"""What the agent on a cluster's master reports of its use (emr/watch_activity.py): where the report is, and what it says. Pure.

Each master may write one object of the logs' bucket, named after itself, and no other cluster's:
docs/adr/0018-use-is-judged-on-the-cluster.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

REQUIRED = frozenset({"kernels", "spark", "logins", "load"})
"""The signs without which a report does not say that a cluster is not used. Zeppelin's is there where Zeppelin is."""
MAX_BYTES = 20_000


@dataclass(frozen=True)
class Report:
    """What the agent saw at `at`: the last use of any kind, if there was one, and the signs that could not be read."""

    at: datetime
    last_use: datetime | None
    unknown: tuple[str, ...] = ()


def folder(machine_arn: str) -> str:
    """The key below which masters report, each under its own id; IAM compares it with `ec2:SourceInstanceARN`. Partition, region
    and account are those of the state machine with this ARN."""
    _, partition, _, region, account, *_ = machine_arn.split(":")
    return f"activity/arn:{partition}:ec2:{region}:{account}:instance"


def parse(body: bytes | None) -> Report | None:
    """The report, or None where there is none, or what is there is not one: people are root on their clusters."""
    try:
        said = json.loads(body or b"")
        signs: Mapping[str, Mapping[str, Any]] = said["signs"]
        last = [_time(sign["last"]) for sign in signs.values() if sign["last"] is not None]
        unknown = (name for name in REQUIRED | set(signs) if name not in signs or signs[name]["unknown"])
        return Report(_time(said["at"]), max(last, default=None), tuple(sorted(map(str, unknown))))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _time(text: Any) -> datetime:
    """Raises ValueError or TypeError."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)
