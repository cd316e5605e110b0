"""What EMR says of a run's cluster and step, brought to the run's record: forward only, however late or often it comes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.aws import emr, jobflows
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if
from chalicelib.jobflows import task_tokens
from chalicelib.jobflows.states import earlier_states
from chalicelib.jobs.models import Job
from chalicelib.runs import rules
from chalicelib.runs.models import ORDER, Run


def by_jobflow(jobflow_id: str) -> Run | None:
    """The run of this jobflow, or None: another deployment's, a person's, or one whose launch is being recorded."""
    return next(iter(Run.by_jobflow.query(jobflow_id, limit=1)), None)


def apply_state(run: Run, jobflow: jobflows.Jobflow, now: datetime) -> None:
    """Bring the run up to what EMR says of its cluster, forward only, and wake the machine if it must look again."""
    actions: list[Action] = [
        Run.cluster_state.set(jobflow.state),
        Run.cluster_code.set(jobflow.reason_code),
        Run.cluster_reason.set(jobflow.reason),
        *([Run.cluster_error_code.set(jobflow.error_code)] if jobflow.error_code else []),
    ]
    if jobflow.ready_at:
        actions.append(Run.ready_at.set(Run.ready_at | jobflow.ready_at))
    if jobflow.instance_hours is not None and jobflow.instance_hours != run.instance_hours:
        run.update([Run.instance_hours.set(jobflow.instance_hours)])
    earlier = earlier_states(jobflow.state)
    _update(run, actions, Run.cluster_state.is_in(*earlier) if earlier else Run.cluster_state.does_not_exist())
    if (status := rules.status_of(jobflow.state)) and status != run.status:
        set_status(run, status, "")
    wake_execution(run)


def apply_step(run: Run, change: jobflows.StepChange) -> None:
    """Bring the run up to what EMR says of its step, and wake the machine if it is over."""
    _update(
        run,
        [Run.step_state.set(change.state)],
        ~Run.step_state.is_in(*sorted(jobflows.STEP_ENDED)) | Run.step_state.does_not_exist(),
    )
    wake_execution(run)


def ask_for_step(run: Run) -> None:
    """Ask EMR how the run's step ended.

    Raises:
        Unavailable: EMR does not answer; nobody guesses, the machine asks again.
    """
    for change in emr.steps(str(run.jobflow_id)):
        apply_step(run, change)


def refresh(run: Run, now: datetime) -> None:
    """Ask EMR about this run's cluster and update the record; if EMR does not answer, the next call will do."""
    try:
        apply_state(run, emr.describe(str(run.jobflow_id)), now)
    except Unavailable:
        logger.info("refresh_postponed")


def set_status(run: Run, status: str, reason: str, more: list[Action] | None = None) -> bool:
    """Move to a later status; False, with the record read again, when it had that status or a later one already."""
    earlier = ORDER[: ORDER.index(status)] if status in ORDER else ORDER
    moved = _update(
        run, [Run.status.set(status), Run.status_reason.set(reason), *(more or [])], Run.status.is_in(*earlier)
    )
    if moved:
        logger.info("run_moved", extra={"run": run.id, "status": status, "reason": reason})
        _tell_job(run)
    return moved


def _tell_job(run: Run) -> None:
    """Lists of jobs show the last run's status without looking at the runs.

    Not the status of a run that no longer occupies the job: its outcome is there already, and this may come late.
    """
    still = (Job.last_run == run.id) & (Job.active_run == run.id)
    update_if(Job(run.job_id), still, [Job.last_run_status.set(run.status)])


def _update(run: Run, actions: list[Action], condition: Any) -> bool:
    """Change the run; False, with the record read again, when the condition no longer holds."""
    if update_if(run, condition, actions):
        return True
    run.refresh(consistent_read=True)
    return False


def wake_execution(run: Run) -> None:
    """Wake the execution that waits on this run, if what it waits for has happened.

    Raises:
        Unavailable: Step Functions does not answer; EventBridge or the sweep comes again.
    """
    if why := rules.wake_reason(run):
        task_tokens.wake(run, why)
