"""A backfill: which past slots of a job are run, in which order and how many at once. Pure; runs/backfills.py does it.

It is on its job's record while it goes on, by the schedule that it began with: an edit of the job does not move its slots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from chalicelib.core import clock
from chalicelib.core.choices import Choice
from chalicelib.core.limits import LIMITS
from chalicelib.schedules.schedule import Schedule


class Order(Choice):
    """Which slots of a backfill run first."""

    OLDEST = "oldest", "The oldest first"
    NEWEST = "newest", "The newest first"


class Which(Choice):
    """Which slots of a backfill's range run."""

    MISSING = "missing", "Those that have not succeeded"
    ALL = "all", "All of them, again if need be"


@dataclass(frozen=True)
class Backfill:
    """The slots of a rule from `begin` on and before `until`. `reached` is the slot that was begun last, `runs` are the runs of
    it that are not over, each the latest attempt at its slot. `asked_by` is a user name."""

    id: str
    rule: str
    zone: str
    start: datetime
    begin: datetime
    until: datetime
    order: str
    which: str
    at_once: int
    total: int
    asked_by: str
    runs: tuple[str, ...] = ()
    reached: datetime | None = None

    def slots(self) -> list[datetime]:
        """All slots of the range that have not been begun, in order; at most one more than a backfill may have."""
        slots = list(islice(self._by_rule(), LIMITS.backfill_slots + 1))
        if self.order == Order.NEWEST:
            return [slot for slot in reversed(slots) if not self.reached or slot < self.reached]
        return [slot for slot in slots if not self.reached or slot > self.reached]

    def _by_rule(self) -> Iterator[datetime]:
        timing = Schedule(self.rule, self.zone, self.start)
        slot = timing.by_rule(self.begin - timedelta(microseconds=1))
        while slot is not None and slot < self.until:
            yield slot
            slot = timing.by_rule(slot)

    def of_total(self, total: int) -> Backfill:
        """The same with so many slots to run in all."""
        return replace(self, total=total)

    def begun(self, slot: datetime, run_id: str) -> Backfill:
        """The same after a slot's run was begun."""
        return replace(self, reached=slot, runs=(*self.runs, run_id))

    def ended(self, run_id: str, successor: str | None = None) -> Backfill:
        """The same after a run of it was over; its next attempt takes its place."""
        return replace(
            self, runs=tuple(run for run in (successor if run == run_id else run for run in self.runs) if run)
        )

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        values = asdict(self) | {"runs": list(self.runs)}
        return {name: clock.text(value) if isinstance(value, datetime) else value for name, value in values.items()}


def of_json(stored: Mapping[str, Any] | None) -> Backfill | None:
    """What `as_json` stored; None for none."""
    if not stored:
        return None
    moments = {name: clock.parse(stored[name]) for name in ("start", "begin", "until", "reached") if stored[name]}
    return Backfill(**{**stored, **moments, "runs": tuple(stored["runs"])})
