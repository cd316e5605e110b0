"""Two runs side by side: finding them, and what they left."""

from __future__ import annotations

from chalicelib.core.errors import Conflict
from chalicelib.identity.person import Person
from chalicelib.runs import history, results
from chalicelib.runs import service as runs
from chalicelib.runs.comparison import rules as comparison_rules
from chalicelib.runs.models import Run, RunStatus


def compare(person: Person | None, run_id: str, other_id: str) -> comparison_rules.Comparison:
    """Two runs of the same job that this person may see.

    Raises:
        Unauthenticated, NotFound: as `runs.read_details` has it.
        Conflict: they are the same, or of different jobs.
        Unavailable: S3 does not answer.
    """
    one, other = runs.read_details(person, run_id), runs.read_details(person, other_id)
    if one.id == other.id:
        raise Conflict("You chose the same run twice. Choose two different runs.")
    if one.job_id != other.job_id:
        raise Conflict("These runs belong to different jobs. Choose two runs of the same job.")
    return comparison_rules.compare(one, other, {run.id: results.sizes(run) for run in (one, other)})


def slow(run: Run) -> history.Slow | None:
    """Whether the run, if it succeeded, took much longer than those before it."""
    return history.slow(run, runs.successes_before(run)) if run.status == RunStatus.SUCCEEDED else None
