"""Why a run did not succeed is decided once, with its outcome, and kept on its record: pages, API and mails read it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.aws import emr
from chalicelib.aws.jobflows import StepState
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger
from chalicelib.core.tables import update_if
from chalicelib.core.text import plural
from chalicelib.jobs.models import Job
from chalicelib.runs import results
from chalicelib.runs.models import Run, RunStatus
from chalicelib.runs.rules import STOPPED

if TYPE_CHECKING:
    from chalicelib.diagnosis.facts import Facts

Reported = Mapping[str, Any] | None


def needs_reason(run: Run, reported: Reported) -> bool:
    """Whether EMR must be asked why the cluster ends: the runner was stopped, or left no word."""
    return bool(run.jobflow_id) and not run.cluster_ended and (reported is None or reported.get("error") == STOPPED)


def note(run: Run, status: str, reason: str, reported: Reported = None) -> None:
    """Keep the diagnosis of a run that is about to end so. Safe to repeat.

    Raises:
        Unavailable: S3 does not answer.
    """
    if status in (RunStatus.SUCCEEDED, RunStatus.SKIPPED):
        return
    from chalicelib.diagnosis.rules import diagnose  # a hundred patterns, for the few that failed

    diagnosis = diagnose(_facts(run, status, reason, reported))
    if diagnosis is None or run.is_final:
        return
    record = diagnosis.record()
    logger.info("diagnosed", extra={"run": run.id, "kind": diagnosis.kind, "side": diagnosis.side})
    run.update([Run.diagnosis.set(record)])
    update_if(Job(run.job_id), Job.last_run == run.id, [Job.last_run_summary.set(record["summary"])])


def _facts(run: Run, status: str, reason: str, reported: Reported) -> Facts:
    from chalicelib.diagnosis.facts import Facts

    return Facts(
        status=status,
        reason=reason,
        reported=reported,
        code=run.cluster_code,
        message=run.cluster_reason,
        error_code=run.cluster_error_code,
        step_message=_of_step(run) if reported is None and run.step_state == StepState.FAILED else "",
        log=(results.log_tail(run) or "") if run.ready_at and status != RunStatus.CANCELLED else "",
        part=part(run),
        timeout=plural(int(run.timeout), "hour"),
        launched=bool(run.jobflow_id),
        begun=bool(run.ready_at),
        cancelled_by=run.cancelled_by or "",
    )


def _of_step(run: Run) -> str:
    """What EMR says of the step that failed; "" when it does not answer, as the diagnosis must not wait for that."""
    try:
        return next((step.message for step in emr.steps(str(run.jobflow_id)) if step.message), "")
    except Unavailable:
        return ""


def part(run: Run) -> str:
    """What the notebook is divided into."""
    return "Paragraph" if (run.notebook_name or "").endswith((".json", ".zpln")) else "Cell"
