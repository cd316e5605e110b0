"""A job's history in the browser: two of its runs side by side."""

from __future__ import annotations

from chalice.app import Response

from chalicelib.core.errors import Conflict
from chalicelib.entrypoints.portal.notebooks import changes
from chalicelib.jobs import service as jobs
from chalicelib.notebooks import cell_diff
from chalicelib.runs import display
from chalicelib.runs.comparison import service as comparison
from chalicelib.runs.comparison.rules import times
from chalicelib.runs.models import Run
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)


@routes.page("/runs/{run_id}/compare/{other_id}", "run.view", reads={"run_id": Run, "other_id": Run})
def compare(request: Request, run_id: str, other_id: str) -> Response:
    """Two runs of a job side by side, the earlier one first. Where their notebooks differ, what changed is shown, and only the
    later run's own page says whether it was slow."""
    pair = comparison.compare(request.person, run_id, other_id)
    return show(
        request,
        "runs/compare.html",
        comparison=pair,
        slow=comparison.slow(pair.later) if pair.same_notebook else None,
        times=times,
        changes=[] if pair.same_notebook else changes(pair.earlier, pair.later),
        counts=cell_diff.counts,
        folded=cell_diff.folded,
        first=cell_diff.first,
        run_display=display,
    )


@routes.page("/jobs/{job_id}/compare", "job.view", query=("one", "other"))
def choose(request: Request, job_id: str) -> Response:
    """To the comparison of the two runs that were chosen in the list."""
    jobs.get(request.user, job_id)
    one, other = request.query.get("one", ""), request.query.get("other", "")
    if not one or not other:
        raise Conflict("Choose two runs in the list, one in each column, then compare them.")
    return go(request, "runs", one, "compare", other)
