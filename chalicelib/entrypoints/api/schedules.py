"""What a job's form asks while it is filled in, over the API: when a schedule would run, and whether a name is free."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core import clock, reserved_names
from chalicelib.core.errors import Invalid
from chalicelib.core.fields import IDENTIFIER, read
from chalicelib.core.schemas import TEXT, TIME, TRUTH, Record, listed
from chalicelib.core.text import form_value
from chalicelib.jobs import factory
from chalicelib.jobs.preview import Timing, first_slots
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)

SLOT = Record("Slot", at=TIME, local=TEXT)
AVAILABILITY = Record("Availability", identifier=TEXT, available=TRUTH)


@routes.endpoint("/schedules/preview", "own.look", query=tuple(Timing.model_fields), gives=listed(SLOT))
def preview(request: Request) -> Response:
    """The next slots of a schedule: `at` in UTC, and `local`, the wall time of its zone."""
    timing = read(Timing, request.query)
    slots = first_slots(timing, request.now)
    items = [SLOT.of(at=clock.text(slot), local=form_value(slot, timing.timezone)) for slot in slots]
    return responses.as_json({"items": items, "next": None})


@routes.endpoint("/schedules/available", "own.look", query=("identifier",), gives=AVAILABILITY)
def available(request: Request) -> Response:
    """Whether a job could have this identifier."""
    identifier = request.query.get("identifier", "").strip()
    if not IDENTIFIER.fullmatch(identifier):
        raise Invalid.field(
            "identifier", "Give an identifier as a job has it: letters, digits, hyphens and underscores."
        )
    free = not reserved_names.is_taken(factory.SCOPE, identifier)
    return responses.as_json(AVAILABILITY.of(identifier=identifier, available=free))
