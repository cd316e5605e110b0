"""Attempts: what a run's outcome means for its job, for the next attempt and for those who are told. Pure.

A run that fails is tried again while attempts are left. One that is out of time is not: what needed longer than its timeout
would most likely do so again, each time at the price of the whole timeout; a longer timeout or a larger cluster is the cure.
Neither is one that somebody cancelled, or a slot that was skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.jobflows.names import attempt_name
from chalicelib.jobs.models import Job
from chalicelib.runs.models import Run, RunStatus, Trigger
from chalicelib.schedules.backfill import of_json
from chalicelib.schedules.concurrency import unfinished_runs

EXTERNAL_SIDES = frozenset({"aws", "cluster", "atmo"})
"""Sides of a diagnosis (chalicelib/diagnosis/symptoms.py) that nobody who owns a job can do anything about."""
FAILED_ALERT, TIMED_OUT_ALERT, RECOVERED, PAUSED = "failed", "timed-out", "recovered", "auto-paused"
CAME_LATE = "came-late"


@dataclass(frozen=True)
class Verdict:
    """What follows from an outcome: another attempt or none, the job's failures in a row, why it is paused ("" when it
    is not), what is told, and how many of the failures in a row were the fault of AWS or of the site."""

    retry: bool
    failures: int
    pause: str = ""
    alerts: tuple[str, ...] = ()
    external: int = 0


def verdict(run: Run, status: str, job: Job | None) -> Verdict:
    """What follows when this run ends so. `job` is None when it was deleted."""
    if run.backfill:
        return _of_backfill(run, status, job)
    failures, external = (int(job.failures_in_a_row), int(job.external_failures)) if job else (0, 0)
    if job and run.id in unfinished_runs(job) and status == RunStatus.FAILED and run.attempt < run.attempts:
        return Verdict(True, failures, external=external)
    if status == RunStatus.SUCCEEDED:
        return Verdict(False, 0, alerts=(*((RECOVERED,) if failures else ()), *_came_late(run, job)))
    if status not in (RunStatus.FAILED, RunStatus.TIMED_OUT):
        return Verdict(False, failures, external=external)
    external += is_external(run)
    pause = why_paused(job, failures + 1 - external) if job and not is_external(run) else ""
    alert = FAILED_ALERT if status == RunStatus.FAILED else TIMED_OUT_ALERT
    return Verdict(False, failures + 1, pause, (alert, PAUSED) if pause else (alert,), external)


def _of_backfill(run: Run, status: str, job: Job | None) -> Verdict:
    """Past slots say nothing of how the job does now: they neither pause it nor end its row of failures."""
    failures, external = (int(job.failures_in_a_row), int(job.external_failures)) if job else (0, 0)
    going = of_json(job.backfill) if job else None
    if status == RunStatus.FAILED and run.attempt < run.attempts and going and going.id == run.backfill:
        return Verdict(True, failures, external=external)
    if status == RunStatus.SUCCEEDED:
        return Verdict(False, failures, alerts=_came_late(run, job), external=external)
    alert = {RunStatus.FAILED: FAILED_ALERT, RunStatus.TIMED_OUT: TIMED_OUT_ALERT}.get(RunStatus(status))
    return Verdict(False, failures, alerts=(alert,) if alert else (), external=external)


def _came_late(run: Run, job: Job | None) -> tuple[str, ...]:
    """That a result is there which was promised earlier: of the slot of the job's whose broken promise was told last."""
    slot = run.slot or run.after_slot
    return (CAME_LATE,) if job and slot and job.broken_slot == slot else ()


def is_external(run: Run) -> bool:
    """Whether AWS or the site's setup failed, by the run's diagnosis: pausing the job would not help."""
    return (run.diagnosis or {}).get("side") in EXTERNAL_SIDES


def why_paused(job: Job, failures: int) -> str:
    """Why the job is paused after so many failures in a row, or ""."""
    if not job.is_enabled or job.expired_at or not 0 < job.pause_after <= failures:
        return ""
    return f"It failed{f' {failures} times in a row' if failures > 1 else ''}, so atmo paused it."


def first_id(run: Run) -> str:
    """The id of the first attempt of this run's incident."""
    return run.first_run or run.id


def attempt_id(run: Run, number: int) -> str:
    """The id of another attempt of this run's incident."""
    return first_id(run) if number == 1 else f"{first_id(run)}-{number}"


def is_pending(run: Run) -> bool:
    """Whether this is a further attempt that waits for its time, and whose cluster nobody has asked for yet."""
    is_waiting = run.status == RunStatus.QUEUED and not (run.launch_attempts or run.waits_for or run.counted)
    return bool(run.attempt > 1 and is_waiting and not run.cancelled_by)


def backoff(run: Run) -> timedelta:
    """How long after this attempt the next one begins."""
    return timedelta(minutes=int(run.retry_delay) * 2 ** (int(run.attempt) - 1))


def next_attempt(run: Run, job: Job, now: datetime) -> Run:
    """The attempt after one that failed now, not stored yet: of the same notebook, parameters and cluster as the first,
    whatever the job has become meanwhile. Only who may read its results is the job's to say."""
    number = int(run.attempt) + 1
    same = {name: getattr(run, name) for name in _SAME_IN_ALL}
    return Run(
        attempt_id(run, number),
        **same,
        result_visibility=job.result_visibility,
        trigger=Trigger.RETRY,
        attempt=number,
        first_run=first_id(run),
        previous_run=run.id,
        name=_name(run, number),
        status=RunStatus.QUEUED,
        live="yes",
        not_before=now + backoff(run),
        created_at=now,
    )


_SAME_IN_ALL = (
    "job_id", "job_identifier", "owner", "owner_email", "attempts", "retry_delay", "size", "emr_release", "timeout",
    "notebook_name", "notebook_key", "notebook_version", "notebook_number", "parameters", "scheduled_at", "slot",
    "previous_slot", "promised_at", "timezone", "repair_of", "backfill", "correlation", "after", "after_run",
    "after_slot", "on_arrival", "objects", "keys", "keys_file",
)  # fmt: skip


def _name(run: Run, number: int) -> str:
    """The cluster's name: the first attempt's, and the number. Names are how launches are found again."""
    first = run.name if run.attempt == 1 else run.name.rpartition("-")[0]
    return attempt_name(first, number)


def of(run: Run) -> str:
    """Such as "attempt 2 of 3"; "" for a run that is not tried again."""
    return f"attempt {int(run.attempt)} of {int(run.attempts)}" if run.attempts > 1 else ""
