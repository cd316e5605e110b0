"""The state machine of runs (statemachines/job_run.asl.json): its executions, and those that wait for a slot.

Its tasks are in chalicelib/runs/lifecycle.py.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws import step_functions
from chalicelib.core import clock
from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.jobflows.machine import Machine
from chalicelib.runs.models import Run

MACHINE = Machine("run", Run, lambda settings: settings.run_machine_arn)


def await_slot(job_id: str, run_id: str, slot: datetime) -> None:
    """Start an execution that waits for a slot of a job, and then serves it. `run_id` is what the slot's run will have: the
    same slot's execution is started once. If Step Functions does not answer, dispatch serves the slot when it is due.
    """
    payload = {"job_id": job_id, "slot": clock.whole_second(slot)}
    try:
        step_functions.start(MACHINE.arn(settings()), f"{run_id}.slot", payload)
    except Unavailable:
        logger.warning("look_ahead_postponed", extra={"job": job_id})
