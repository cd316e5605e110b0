"""A job's history over the API: two of its runs side by side."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalice.app import Response

from chalicelib.core.schemas import NUMBER, TEXT, WHOLE, Record, many, maybe
from chalicelib.notebooks.schemas import CHANGED_CELL, difference
from chalicelib.runs.comparison import service as comparison
from chalicelib.runs.comparison.rules import Comparison, File, times
from chalicelib.runs.schemas import RUN, run_record
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)

LENGTHS = Record("Lengths", earlier=maybe(NUMBER), later=maybe(NUMBER), times=maybe(NUMBER))
SLOW = Record("Slow", times=NUMBER, usual=NUMBER, of=WHOLE)
FILE = Record("ComparedFile", File, "name", "earlier", "later")
COMPARISON = Record(
    "Comparison", earlier=RUN, later=RUN, took=LENGTHS, became_ready=LENGTHS, differ=many(TEXT), notebook=many(CHANGED_CELL),
    files=many(FILE), slow=maybe(SLOW),
)  # fmt: skip


@routes.endpoint("/runs/{run_id}/compare/{other_id}", "run.view", gives=COMPARISON)
def compare(request: Request, run_id: str, other_id: str) -> Response:
    """Two runs of a job side by side, the earlier one first."""
    return responses.as_json(_record(comparison.compare(request.user, run_id, other_id)))


def _record(pair: Comparison) -> dict[str, Any]:
    """Lengths are in seconds; `times` is how many times as long the later run took. `notebook` are the cells that changed."""
    slow = comparison.slow(pair.later)
    return COMPARISON.of(
        earlier=run_record(pair.earlier),
        later=run_record(pair.later),
        took=_lengths(pair.took),
        became_ready=_lengths(pair.became_ready),
        differ=list(pair.differ),
        notebook=[] if pair.same_notebook else difference(pair.earlier, pair.later),
        files=[FILE.of(file) for file in pair.files],
        slow=SLOW.of(times=slow.times, usual=slow.usual.total_seconds(), of=slow.of) if slow else None,
    )


def _lengths(lengths: tuple[timedelta | None, timedelta | None]) -> dict[str, Any]:
    earlier, later = (length.total_seconds() if length is not None else None for length in lengths)
    return LENGTHS.of(earlier=earlier, later=later, times=times(lengths))
