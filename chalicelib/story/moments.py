"""A story is made of moments: what happened when, by which source. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.clusters.models import Cluster
from chalicelib.core import clock
from chalicelib.runs.models import Run

MAX_MOMENTS = 2000
"""With up to half a kilobyte each they fit into what a Lambda function can answer, 6 MB."""
MAX_DETAIL = 500


class Source(StrEnum):
    """Where a moment is known from, in the order in which those of one instant are told."""

    AUDIT = "audit trail"
    RECORD = "record"
    EXECUTION = "execution"
    EMR = "EMR"
    MAIL = "mail"
    WEBHOOK = "webhook"
    LOG = "log"


_ORDER = {source: number for number, source in enumerate(Source)}


@dataclass(frozen=True)
class Moment:
    """What happened to `about`, an id, at a moment. `detail` may be long."""

    at: datetime
    source: Source
    about: str
    what: str
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """As operators read it."""
        said = {"at": clock.text(self.at), "source": self.source, "about": self.about, "what": self.what}
        return said | ({"detail": self.detail[:MAX_DETAIL]} if self.detail else {})


_TIMES = {
    "created_at": "Requested",
    "started_at": "Launched",
    "ready_at": "Ready",
    "ending_at": "Being ended",
    "warned_for": "The expiry of which its owner was warned",
    "expires_at": "Expires",
    "scheduled_at": "Scheduled for",
    "not_before": "Not before",
    "finished_at": "Over",
}
"""The times that records have, in words."""


def of_record(record: Cluster | Run) -> Iterator[Moment]:
    """What the record itself knows of its life."""
    for name, what in _TIMES.items():
        if at := getattr(record, name, None):
            is_end = name == "finished_at"
            what = f"{what}: {record.status}" if is_end else what
            yield Moment(at, Source.RECORD, record.id, what, record.status_reason if is_end else "")


def in_order(moments: Iterable[Moment]) -> tuple[Sequence[Moment], int]:
    """The moments as a story, each once; of too many the latest. Returns them and how many were left out."""
    known = sorted(set(moments), key=lambda one: (one.at, _ORDER[one.source], one.about, one.what, one.detail))
    return known[-MAX_MOMENTS:], max(0, len(known) - MAX_MOMENTS)
