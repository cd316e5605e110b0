"""When a job with the schedule typed so far would run, beside its form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalice.app import Response

from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Form, read
from chalicelib.core.text import wall_clock
from chalicelib.entrypoints.portal import job_form_values
from chalicelib.jobs.field_types import Moment, Rule, Zone
from chalicelib.schedules.schedule import Schedule
from chalicelib.schedules.slots import before_first
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


class Timing(Form):
    """The part of a job's form that says when it runs."""

    schedule: Rule
    timezone: Zone = "UTC"
    start_date: Moment | None = None
    end_date: Moment | None = None


@routes.page("/jobs/preview", "own.look")
def preview(request: Request) -> Response:
    """A fragment: the first runs."""
    return show(request, "jobs/_preview.html", **first_runs(request.query, request.now))


def first_runs(typed: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """What the fragment shows: the first slots and each on the clock of its zone, or why there are none yet."""
    zone = typed.get("timezone") or "UTC"
    try:
        slots = _slots(typed, now)
    except Invalid as error:
        return {"slots": [], "refusal": error.message, "zone": "UTC"}
    return {"slots": [(slot, wall_clock(slot, zone)) for slot in slots], "refusal": "", "zone": zone}


def _slots(typed: Mapping[str, str], now: datetime) -> list[datetime]:
    """
    Raises:
        Invalid: it is not a schedule yet.
    """
    texts = {name: typed.get(name, "") for name in ("timezone", "start_date", "end_date")}
    form = read(Timing, texts | {"schedule": job_form_values.rule(typed)})
    start = clock.in_utc(form.start_date, form.timezone) if form.start_date else now
    end = clock.in_utc(form.end_date, form.timezone) if form.end_date else None
    timing = Schedule(form.schedule, form.timezone, start, end)
    return timing.preview(before_first(timing, now))
