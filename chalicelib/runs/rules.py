"""What should happen to a run now. Pure decisions of (record, now): nothing here reads a clock or calls AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from chalicelib.aws import jobflows
from chalicelib.aws.jobflows import JobflowState, StepState
from chalicelib.core.text import minutes, one_line, plural
from chalicelib.jobflows.states import seconds
from chalicelib.runs.models import Run, RunStatus

START_WITHIN = timedelta(minutes=30)
"""How long a run whose turn it is may be without a cluster before its owner is told."""
STOPPED = "Terminated"
"""The runner's word for having been stopped from outside (emr/outcome.py)."""
END_WITHIN = timedelta(minutes=10)
"""How long EMR may take to end a cluster whose step is over before it is asked to."""


Action = Literal["await-start", "launch", "await-finish", "terminate", "await-end", "record-outcome", "done"]


HELD = timedelta(minutes=5)
"""How long a run that a freeze keeps from being launched waits before it is looked at again."""
TURN = timedelta(minutes=5)
"""How long a machine that was started for a queued run before its turn waits at a time; usually there is none."""


@dataclass(frozen=True)
class Decision:
    """The next thing the run's state machine does, for how many seconds at the most, and why in words."""

    action: Action
    reason: str
    seconds: int = 0


def next_action(run: Run, now: datetime) -> Decision:
    """What the state machine does next with this run."""
    if run.is_final:
        return _after_outcome(run, now)
    if run.step_state in jobflows.STEP_ENDED or run.cluster_ended:
        return Decision("record-outcome", "The notebook's step has finished.")
    if reason := must_stop(run, now):
        return Decision("terminate" if run.jobflow_id else "record-outcome", reason)
    if run.waits_for:
        return Decision("await-start", run.status_reason, seconds(TURN))
    if not run.jobflow_id and run.not_before and now < run.not_before:
        return Decision("await-start", "The attempt is waiting for its start time.", seconds(run.not_before - now))
    if not run.jobflow_id:
        return Decision("launch", "The run is due.")
    return Decision("await-finish", "The notebook is running.", seconds(deadline(run) - now))


def _after_outcome(run: Run, now: datetime) -> Decision:
    if not run.jobflow_id or run.cluster_ended:
        return Decision("done", run.status_reason)
    left = (run.finished_at or now) + END_WITHIN - now
    if left <= timedelta(0):
        return Decision("terminate", "EMR did not end the cluster after its step.")
    return Decision("await-end", "EMR is ending the cluster.", seconds(left))


def deadline(run: Run) -> datetime:
    """When the run has had its time."""
    return (run.started_at or due(run)) + timedelta(hours=int(run.timeout))


def due(run: Run) -> datetime:
    """From when on the run may be launched."""
    return run.not_before or run.created_at


def why_not_started(run: Run, now: datetime) -> str:
    """That the run should have its cluster by now and has not, and what is known of it, in words; or ""."""
    if (
        run.status != RunStatus.QUEUED
        or run.jobflow_id
        or run.waits_for
        or run.cancelled_by
        or now - due(run) <= START_WITHIN
    ):
        return ""
    return f"It still has no cluster after more than {minutes(START_WITHIN)}. {run.status_reason}".strip()


def must_stop(run: Run, now: datetime) -> str:
    """Why the run must be stopped, or ""."""
    if run.cancelled_by:
        return f"Cancelled by {run.cancelled_by}."
    if now >= deadline(run) and not run.waits_for:
        return _out_of_time(run)
    return ""


def _out_of_time(run: Run) -> str:
    hours = plural(int(run.timeout), "hour")
    if not run.started_at:
        return f"It was not launched within {hours}, its timeout. {run.status_reason}".strip()
    return f"It was still running after {hours}, its timeout."


def wake_reason(run: Run) -> str:
    """Why the execution that waits on this run must look at it again, or "" when it may go on waiting."""
    if run.cluster_ended:
        return "cluster ended"
    if run.awaiting == "finish" and run.step_state in jobflows.STEP_ENDED:
        return "step ended"
    if run.awaiting in ("start", "finish") and run.cancelled_by:
        return "cancelled"
    return ""


def needs_step(run: Run, reported: Mapping[str, Any] | None) -> bool:
    """Whether EMR must be asked how the step ended: it did by the cluster's word, but its event was lost, and so was the
    runner's word. The cluster's alone does not do: all steps are completed, too, when somebody cancelled ours."""
    return not reported and run.step_state not in jobflows.STEP_ENDED and run.cluster_code in jobflows.STEPS_DONE


def outcome(run: Run, reported: Mapping[str, Any] | None, now: datetime) -> tuple[str, str]:
    """The run's final status and the reason in words, from what the runner reported, the step, the cluster and us."""
    said = (reported or {}).get("status")
    if said == RunStatus.SUCCEEDED or (run.step_state == StepState.COMPLETED and not reported):
        return RunStatus.SUCCEEDED, one_line(str((reported or {}).get("message") or ""))
    if run.cancelled_by:
        return RunStatus.CANCELLED, must_stop(run, now)
    if said == RunStatus.TIMED_OUT or now >= deadline(run):
        return RunStatus.TIMED_OUT, _out_of_time(run)
    stopped = (reported or {}).get("error") == STOPPED
    if reported and not stopped and (reported.get("error") or reported.get("message")):
        return RunStatus.FAILED, _notebook_error(run, reported)
    if run.step_state == StepState.FAILED and not stopped:
        reason = "The notebook's step failed without a report of how the notebook ended; see its log for details."
        return RunStatus.FAILED, reason
    emrs_reason = one_line(run.cluster_reason) or "EMR gave no reason."
    return RunStatus.FAILED, f"Its cluster ended before the notebook was finished: {emrs_reason}"


def _notebook_error(run: Run, reported: Mapping[str, Any]) -> str:
    """A cell, or a paragraph of a Zeppelin note, that raised; or what kept the notebook from being run at all. One line:
    the whole message and its stack stay in outcome.json, from which the run's page shows them."""
    what = one_line(": ".join(str(reported[part]) for part in ("error", "message") if reported.get(part)))
    part = "Paragraph" if (run.notebook_name or "").endswith((".json", ".zpln")) else "Cell"
    return f"{part} {reported['cell']} raised {what}" if reported.get("cell") else what


def status_of(cluster_state: str) -> str:
    """The run's status while its cluster is in this state; "" where the cluster's state says nothing about the run."""
    statuses: dict[str, str] = {
        JobflowState.STARTING: RunStatus.STARTING,
        JobflowState.BOOTSTRAPPING: RunStatus.STARTING,
        JobflowState.RUNNING: RunStatus.RUNNING,
        JobflowState.WAITING: RunStatus.RUNNING,
    }
    return statuses.get(cluster_state, "")
