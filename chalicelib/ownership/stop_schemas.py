"""How the API represents what is to be stopped, and what was."""

from __future__ import annotations

from typing import Any

from chalicelib.clusters.models import Cluster
from chalicelib.core.schemas import AMOUNT, OBJECT, TEXT, TRUTH, WHOLE, Record, many, maybe
from chalicelib.costs.schemas import CURRENCY, amount_text
from chalicelib.ownership.stopping import Plan, Stopped
from chalicelib.runs.models import Run

STOPPABLE = Record("Stoppable", id=TEXT, name=TEXT, owner=TEXT, status=TEXT, size=WHOLE, per_hour=maybe(AMOUNT))
STOP = Record(
    "StopResult", is_done=TRUTH, clusters=many(STOPPABLE), runs=many(STOPPABLE), per_hour=AMOUNT, currency=TEXT, unpriced=WHOLE,
    ended=many(TEXT), refused=OBJECT, left=WHOLE,
)  # fmt: skip


def stop_record(planned: Plan, stopped: Stopped | None = None) -> dict[str, Any]:
    """What would be ended, with what it costs an hour together; and, once that is done, what was."""
    done = stopped or Stopped()
    return STOP.of(
        is_done=stopped is not None,
        clusters=[_stoppable(one, one.identifier) for one in planned.clusters],
        runs=[_stoppable(one, one.job_identifier) for one in planned.runs],
        per_hour=amount_text(planned.per_hour),
        currency=CURRENCY,
        unpriced=planned.unpriced,
        ended=done.ended,
        refused=done.refused,
        left=done.left,
    )


def _stoppable(record: Cluster | Run, name: str) -> dict[str, Any]:
    return STOPPABLE.of(
        id=record.id,
        name=name,
        owner=record.owner,
        status=record.status,
        size=int(record.size),
        per_hour=record.per_hour,
    )
