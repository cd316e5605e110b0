"""What a run tells its notebook about itself: which slot of the schedule it is for, and the like.

The runner makes variables (`ATMO_SLOT`) and parameters (`atmo_slot`) of it: emr/run_context.py. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chalicelib.runs.models import Run
from chalicelib.schedules import bursts


def of(run: Run, last_success: datetime | None) -> dict[str, str | int]:
    """By name: ids of job and run, attempt and trigger; the slot in UTC and on the clock of the job's zone, the slot before it
    and `last_success`, the last slot before it that succeeded, as RFC 3339. What a run has not is "": a manual run has no slot.
    `after`, `after_run` and `after_slot` are the identifier, run and slot of the job that it started after. `bucket` is where
    the objects arrived that it is for; their keys are nobody's to read who may describe EMR's steps: credentials.py has them.
    """
    return {
        "job": run.job_id,
        "run": run.id,
        "attempt": int(run.attempt),
        "trigger": run.trigger,
        "after": run.after or "",
        "after_run": run.after_run or "",
        "after_slot": _utc(run.after_slot),
        "bucket": bursts.bucket_and_prefix(run.on_arrival or "")[0],
        "slot": _utc(run.slot),
        "slot_local": run.slot.astimezone(ZoneInfo(run.timezone)).isoformat() if run.slot else "",
        "previous_slot": _utc(run.previous_slot),
        "last_success": _utc(last_success),
        "correlation": run.correlation or "",
    }


def _utc(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else ""
