"""What should happen to a job or a run now. Pure decisions of (record, now): nothing here reads a clock or calls AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from chalicelib import clock
from chalicelib.aws import jobflows
from chalicelib.clusters.rules import plural
from chalicelib.jobs.models import CANCELLED, FAILED, SUCCEEDED, TIMED_OUT, Job, Run

MIN_TIMEOUT, MAX_TIMEOUT, DEFAULT_TIMEOUT = 1, 24, 24
END_WITHIN = timedelta(minutes=10)
"""How long EMR may take to end a cluster whose step is over before it is asked to."""


@dataclass(frozen=True)
class SlotDecision:
    """What becomes of a due slot, why in words, and when dispatch looks at the job again."""

    action: Literal["run", "skip", "expire"]
    slot: datetime
    reason: str
    look_again: datetime | None


def at_slot(job: Job, now: datetime) -> SlotDecision:
    """What to do about the slot at which the job stands; it is due."""
    slot = job.next_run_at
    if slot is None:
        raise ValueError(f"job {job.id} has no slot")
    if job.end_date and slot >= job.end_date:
        return SlotDecision("expire", slot, f"Its end date {short(job.end_date)} has passed.", None)
    again = look_again(job, slot)
    if job.active_run:
        return SlotDecision("skip", slot, "The run before it was still going.", again)
    later = job.timing.next_slot(slot)
    if later and later <= now:
        return SlotDecision("skip", slot, f"It was missed, and the slot of {short(later)} was due as well.", again)
    return SlotDecision("run", slot, "Its slot was due.", again)


def look_again(job: Job, after: datetime) -> datetime | None:
    """When dispatch looks at the job next after a moment: at its next slot, or else at its end date."""
    return job.timing.next_slot(after) or job.end_date


def first_look(job: Job, now: datetime) -> datetime | None:
    """When dispatch looks at a new or changed job first: slots that passed before are not made up for."""
    return look_again(job, max(now, job.start_date) - timedelta(seconds=1))


def refuse_run(job: Job) -> str:
    """Why the job cannot be run right now, or ""."""
    if job.active_run:
        return f"A run of {job.identifier} is still going. Wait until it is over, or cancel it first."
    return ""


def slot_id(job: Job, slot: datetime) -> str:
    """The id of the run of a slot: made of job and slot, so a slot cannot have two."""
    return f"r-{job.id.removeprefix('j-')}-{slot:%Y%m%dT%H%M%SZ}"


Action = Literal["launch", "await-finish", "terminate", "await-end", "record-outcome", "done"]


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
        return Decision("record-outcome", "The notebook's step is over.")
    if reason := must_stop(run, now):
        return Decision("terminate" if run.jobflow_id else "record-outcome", reason)
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
    return (run.started_at or run.created_at) + timedelta(hours=int(run.timeout))


def must_stop(run: Run, now: datetime) -> str:
    """Why the run must be stopped, or ""."""
    if run.cancelled_by:
        return f"Cancelled by {run.cancelled_by}."
    if now >= deadline(run):
        return f"It was still running after {plural(int(run.timeout), 'hour')}, its timeout."
    return ""


def wake(run: Run) -> str:
    """Why the execution that waits on this run must look at it again, or "" when it may go on waiting."""
    if run.cluster_ended:
        return "cluster ended"
    if run.awaiting == "finish" and run.step_state in jobflows.STEP_ENDED:
        return "step ended"
    if run.awaiting == "finish" and run.cancelled_by:
        return "cancelled"
    return ""


def outcome(run: Run, reported: Mapping[str, Any] | None, now: datetime) -> tuple[str, str]:
    """The run's final status and the reason in words, from what the runner reported, the step, the cluster and us."""
    if (reported or {}).get("status") == SUCCEEDED or (run.step_state == "COMPLETED" and not reported):
        return SUCCEEDED, ""
    if run.cancelled_by:
        return CANCELLED, must_stop(run, now)
    if (reported or {}).get("status") == TIMED_OUT or now >= deadline(run):
        return TIMED_OUT, f"It was still running after {plural(int(run.timeout), 'hour')}, its timeout."
    if reported and (reported.get("error") or reported.get("message")):
        return FAILED, _notebook_error(run, reported)
    if run.step_state == "FAILED":
        return FAILED, "The notebook's step failed before the notebook could be run; its log says more."
    return FAILED, f"Its cluster ended before the notebook was done: {run.cluster_reason or 'EMR gave no reason.'}"


def _notebook_error(run: Run, reported: Mapping[str, Any]) -> str:
    """A cell, or a paragraph of a Zeppelin note, that raised; or what kept the notebook from being run at all."""
    what = ": ".join(str(reported[part]) for part in ("error", "message") if reported.get(part))
    part = "Paragraph" if (run.notebook_name or "").endswith((".json", ".zpln")) else "Cell"
    return f"{part} {reported['cell']} raised {what}" if reported.get("cell") else what


def status_of(cluster_state: str) -> str:
    """The run's status while its cluster is in this state; "" where the cluster's state says nothing about the run."""
    return {
        jobflows.STARTING: "STARTING", jobflows.BOOTSTRAPPING: "STARTING", jobflows.RUNNING: "RUNNING", jobflows.WAITING: "RUNNING"
    }.get(cluster_state, "")  # fmt: skip


def short(moment: datetime) -> str:
    return f"{clock.text(moment)[:16].replace('T', ' ')} UTC"


def seconds(span: timedelta) -> int:
    return max(1, int(span.total_seconds()) + 1)
