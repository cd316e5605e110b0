"""What others than those who may see a run are shown of it: nothing, its results, or all but who runs it where.

A run is as public as it was made, and never more than its job is now: a job that is made private, or deleted, takes all its
runs back.
"""

from __future__ import annotations

from enum import StrEnum

from chalicelib.core.errors import NotFound
from chalicelib.jobs.models import Job, Visibility
from chalicelib.runs.models import Run
from chalicelib.runs.results import KEYS_FILE, LOG, NOTE, NOTEBOOK, OUTCOME, PAGE, REPORT

WITH_SOURCE = frozenset({NOTEBOOK, NOTE, PAGE, LOG, OUTCOME, KEYS_FILE})
"""Files that show the notebook's source, its parameters, its log, or what it is for."""


class Access(StrEnum):
    """How much of a run somebody may read."""

    NONE = "none"
    RESULTS = "results"
    """How it ended, what its cells showed, and the files that it left."""
    DETAILS = "details"
    """The same, and source, parameters, log and what went wrong."""
    ALL = "all"
    """What those see who may see the run itself."""


OF_VISIBILITY = {
    Visibility.PRIVATE: Access.NONE,
    Visibility.PUBLIC: Access.RESULTS,
    Visibility.PUBLIC_DETAILS: Access.DETAILS,
}
NARROW_FIRST = list(Access)


def of_anybody(run: Run, job: Job | None) -> Access:
    """How much anybody may read of this run; `job` is None for one that was deleted."""
    if job is None:
        return Access.NONE
    levels = (OF_VISIBILITY[Visibility(record.result_visibility)] for record in (run, job))
    return min(levels, key=NARROW_FIRST.index)


def is_shown(access: Access, name: str) -> bool:
    """Whether a file of this name is among what may be read."""
    return access != Access.RESULTS or name not in WITH_SOURCE


def check(access: Access, name: str) -> None:
    """
    Raises:
        NotFound: a file of this name is not among what may be read.
    """
    if not is_shown(access, name):
        raise NotFound("This run has no file of that name.")


def page_of(access: Access) -> str:
    """Which of the run's files is shown as its page."""
    return REPORT if access == Access.RESULTS else PAGE


def redact(run: Run, access: Access) -> Run:
    """The run without what may not be read. What is left out is empty, so that nothing else need know."""
    if access in (Access.RESULTS, Access.DETAILS):
        run.jobflow_id, run.cancelled_by = None, None
    if access == Access.RESULTS:
        run.parameters, run.diagnosis, run.failed_cell, run.files_left_out = {}, None, None, None
        run.on_arrival, run.keys, run.keys_file, run.commit, run.spark_use = None, None, None, None, None
        run.status_reason = ""
    return run
