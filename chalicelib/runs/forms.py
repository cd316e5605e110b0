"""What people fill in about runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from chalicelib.core import clock
from chalicelib.core.fields import Form, choice, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.jobs.field_types import Moment, Parameters
from chalicelib.schedules.backfill import Order, Which

SHOWN = timedelta(weeks=6)
"""Of how much time slots are shown."""


class NewBackfill(Form):
    """Past slots to run: those of the schedule `from` a moment `to` another, which does not belong to them; without an offset,
    moments are wall times of the job's zone. `at_once` of them run at the same time, the `oldest` or `newest` first. `which` are
    those that are `missing`, which have not succeeded, or `all`, which runs again those that have.
    """

    begin: Annotated[Moment, Field(alias="from")]
    until: Annotated[Moment, Field(alias="to")]
    at_once: Annotated[int, whole_number(LIMITS.backfill_at_once)] = LIMITS.backfill_at_once.default
    order: Annotated[Order, choice(Order)] = Order.OLDEST
    which: Annotated[Which, choice(Which)] = Which.MISSING


class Repair(Form):
    """A failed run again. `parameters` take the place of the run's of the same names; the others stay."""

    parameters: Parameters | None = None


class Span(Form):
    """A span of slots; the last six weeks unless it says otherwise."""

    begin: Annotated[Moment | None, Field(alias="from")] = None
    until: Annotated[Moment | None, Field(alias="to")] = None

    def in_zone(self, zone: str, now: datetime) -> tuple[datetime, datetime]:
        """Its moments in UTC; without an offset they are wall times of the zone."""
        until = clock.in_utc(self.until, zone) if self.until else now
        return clock.in_utc(self.begin, zone) if self.begin else until - SHOWN, until


class RunNow(Form):
    """An unscheduled run. `parameters` take the place of the job's of the same names; the others stay. `slot` is a past slot of
    the job's schedule that is run, or run again: of its runs, the latest that succeeded counts."""

    parameters: Parameters | None = None
    slot: Moment | None = None
