"""The end of a run that somebody cancelled."""

from __future__ import annotations

from chalicelib.runs import emr_sync
from chalicelib.runs.machine import MACHINE
from chalicelib.runs.models import Run


def stop(run: Run) -> None:
    """Let a run that was cancelled on its record come to its end.

    Raises:
        Unavailable: Step Functions does not answer; the sweep comes again.
    """
    if run.waits_for:
        MACHINE.start(run)  # it has no state machine yet, which records the outcome
    emr_sync.wake_execution(run)
