"""What happens to a run's record between its slot and the end of its cluster.

One owner changes the state of the world: the run's state machine (statemachines/job_run.asl.json), whose tasks are here.
EMR's events and the sweep only update the record, forward, and wake the machine when it must look again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.aws.jobflows import JobflowState
from chalicelib.core.config import settings
from chalicelib.core.errors import BudgetReached
from chalicelib.core.observability import logger, report_failure
from chalicelib.core.tables import update_if
from chalicelib.costs import receipts
from chalicelib.jobflows import task_tokens
from chalicelib.jobflows.machine import answer_launch_error
from chalicelib.jobflows.states import seconds
from chalicelib.jobflows.unbuildable import UnbuildableRequest, building, undecided
from chalicelib.runs import conclusion, credentials, diagnosis, emr_sync, places, reported, results, rules, slot_history
from chalicelib.runs.machine import MACHINE
from chalicelib.runs.models import ORDER, Run, RunStatus
from chalicelib.runs.request import run_request
from chalicelib.runs.rules import Decision
from chalicelib.site_settings import service as site_settings


def decide(run: Run, now: datetime) -> dict[str, Any]:
    """What the machine does next."""
    if run.jobflow_id and not run.cluster_ended and (run.is_final or rules.must_stop(run, now)):
        emr_sync.refresh(run, now)
    decision = rules.next_action(run, now)
    if decision.action == "launch" and _hold_back(run, now):
        return decide(run, now)
    try:
        decision = _with_place(run, decision, now)
    except BudgetReached as error:
        _end_unpaid(run, error.message, now)
        return decide(run, now)
    logger.info("decided", extra={"action": decision.action, "reason": decision.reason})
    answer: dict[str, Any] = {"action": decision.action, "reason": decision.reason, "seconds": decision.seconds}
    if decision.action == "launch":
        try:
            with building():
                token, last_success = credentials.token(run.id), slot_history.last_success(run)
                answer["request"] = run_request(run, now, settings(), token, last_success=last_success)
        except UnbuildableRequest as error:
            conclusion.fail_to_launch(run, str(error), now)
            return decide(run, now)
        per_hour = receipts.per_hour(answer["request"]["Instances"], now)
        launching = [Run.launch_attempts.add(1), *([Run.per_hour.set(per_hour)] if per_hour else [])]
        if not update_if(run, Run.status.is_in(*ORDER), [*launching]):
            run.refresh(consistent_read=True)  # a mended run has just taken its place
            return decide(run, now)
    if decision.action == "done":
        conclusion.conclude(run, now)
    return answer | {"jobflow_id": run.jobflow_id or ""}


def _with_place(run: Run, decision: Decision, now: datetime) -> Decision:
    """The decision, or to wait, where that is to launch a run for which its owner has no room."""
    reason = places.why_no_place(run, now) if decision.action == "launch" else ""
    return Decision("await-start", reason, seconds(places.TRY_AGAIN)) if reason else decision


def _end_unpaid(run: Run, reason: str, now: datetime) -> None:
    """A budget has nothing left for this run: its slot is skipped. A further attempt fails, as its incident has by now."""
    if run.attempt > 1:
        conclusion.fail_to_launch(run, reason, now)
    else:
        conclusion.finish(run, RunStatus.SKIPPED, reason, now)


def _hold_back(run: Run, now: datetime) -> bool:
    """During a freeze nothing is launched: the run's turn comes later, and its timeout counts from then."""
    frozen = site_settings.why_frozen()
    if frozen:
        run.update([Run.not_before.set(now + rules.HELD), Run.status_reason.set(frozen)])
    return bool(frozen)


def give_up(run: Run, now: datetime, cause: str) -> dict[str, Any]:
    """Nothing could be decided about this run for about an hour, because of `cause`.

    One that was never launched has failed, and the cluster of one that has had its time, or was cancelled, is ended. Any
    other notebook is left to run: the machine tries on.
    """
    answer = {"reason": undecided(cause), "jobflow_id": run.jobflow_id or ""}
    report_failure("gave_up", about=run.id, **answer)
    if not run.jobflow_id and not run.is_final:
        conclusion.fail_to_launch(run, answer["reason"], now)
    if run.jobflow_id and not run.cluster_ended:
        return answer | {"action": "terminate" if rules.must_stop(run, now) else "pause"}
    if not run.is_final:
        return answer | {"action": "record-outcome"}
    conclusion.conclude(run, now)
    return answer | {"action": "done"}


def store_jobflow(run: Run, now: datetime, jobflow_id: str) -> dict[str, Any]:
    """Store which jobflow EMR made for this run. The machine comes here straight after RunJobFlow."""
    run.update(
        [
            Run.jobflow_id.set(jobflow_id),
            Run.started_at.set(Run.started_at | now),
            Run.cluster_state.set(Run.cluster_state | JobflowState.STARTING),
        ]
    )
    emr_sync.set_status(run, RunStatus.STARTING, "")
    return {"jobflow_id": jobflow_id}


def resolve_launch_error(run: Run, now: datetime, error: str, cause: str) -> dict[str, Any]:
    """Resolve an error of RunJobFlow: `launched`, `retry` after some seconds, or `failed` (and recorded).

    Raises:
        Unavailable: EMR could not be asked whether it launched; the machine asks again.
    """
    return answer_launch_error(
        run, rules.due(run), now, error, cause, lambda reason: conclusion.fail_to_launch(run, reason, now)
    )


def wait(run: Run, now: datetime, token: str, until: str) -> dict[str, Any]:
    """Store the token that the machine waits with; answered at once if what it waits for has happened already."""
    task_tokens.store_token(run, token, until, rules.deadline(run))
    emr_sync.wake_execution(run)
    return {}


def record_outcome(run: Run, now: datetime) -> dict[str, Any]:
    """Put the final status on the records, begin the next attempt or tell the owner what is worth it. Safe to repeat.

    Raises:
        Unavailable: S3 or EMR could not be asked how the run ended; the machine asks again.
    """
    if not run.is_final:
        outcome = results.outcome(run)
        if diagnosis.needs_reason(run, outcome):
            emr_sync.refresh(run, now)
        if rules.needs_step(run, outcome):
            emr_sync.ask_for_step(run)
        status, reason = rules.outcome(run, outcome, now)
        diagnosis.note(run, status, reason, outcome)
        _note_what_it_left(run, outcome)
        conclusion.finish(
            run, status, reason, now, (outcome or {}).get("cell") if status != RunStatus.SUCCEEDED else None
        )
    else:
        conclusion.after_finish(run, now)
    return {"status": run.status, "reason": run.status_reason}


def _note_what_it_left(run: Run, outcome: Mapping[str, Any] | None) -> None:
    """On its record: files that could not be stored, and what Spark used."""
    left_out, used = results.files_left_out(outcome), reported.spark_use(outcome)
    actions = [Run.files_left_out.set(left_out)] if left_out else []
    actions += [Run.spark_use.set(used)] if used else []
    if actions:
        run.update([*actions])


TASKS: dict[str, Callable[..., dict[str, Any]]] = {
    "decide": decide,
    "give_up": give_up,
    "store_jobflow": store_jobflow,
    "resolve_launch_error": resolve_launch_error,
    "wait": wait,
    "record_outcome": record_outcome,
}
"""The tasks that statemachines/job_run.asl.json names."""


def task(payload: Mapping[str, Any]) -> dict[str, Any]:
    """One task of the state machine: `{"task": name, "run_id": id, ...}`."""
    return MACHINE.run_task(payload, TASKS)
