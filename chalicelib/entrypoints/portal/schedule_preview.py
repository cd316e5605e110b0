"""When a job with the schedule typed so far would run, beside its form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import read
from chalicelib.core.text import wall_clock
from chalicelib.entrypoints.portal import job_form_values
from chalicelib.jobs.preview import Timing, first_slots
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

FIELDS = ("schedule", "cron", "timezone", "start_date", "end_date")
"""What of the form the fragment is made of."""
BESIDE = ("after", "after_outcome", "on_arrival", "quiet_minutes", "promised_by")
"""What stands between those fields, and so comes with them."""


@routes.page("/jobs/preview", "own.look", query=FIELDS + BESIDE)
def preview(request: Request) -> Response:
    """A fragment: the first runs."""
    return show(request, "jobs/_preview.html", **first_runs(request.query, request.now))


def first_runs(typed: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """What the fragment shows: the first slots and each on the clock of its zone, or why there are none yet."""
    zone, trigger = typed.get("timezone") or "UTC", job_form_values.rule(typed)
    try:
        slots = _slots(typed, now)
    except Invalid as error:
        return {"slots": [], "refusal": error.message, "zone": "UTC", "trigger": trigger}
    return {
        "slots": [(slot, wall_clock(slot, zone)) for slot in slots],
        "refusal": "",
        "zone": zone,
        "trigger": trigger,
    }


def _slots(typed: Mapping[str, str], now: datetime) -> list[datetime]:
    """
    Raises:
        Invalid: it is not a schedule yet.
    """
    texts = {name: typed.get(name, "") for name in ("timezone", "start_date", "end_date")}
    return first_slots(read(Timing, texts | {"schedule": job_form_values.rule(typed)}), now)
