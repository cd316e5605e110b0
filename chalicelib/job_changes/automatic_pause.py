"""Pause a job because of something that happened, without anybody having asked for just that."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit import context as audit_context
from chalicelib.audit.context import SYSTEM_ACTOR, Effect
from chalicelib.core.errors import Conflict
from chalicelib.core.tables import find
from chalicelib.jobs import due
from chalicelib.jobs.models import Job
from chalicelib.runs import run_queue


def pause(job_id: str, reason: str, now: datetime) -> bool:
    """Pause a job for this reason; whether it is there and was not paused already.

    Raises:
        Conflict: others keep changing the job.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = find(Job, job_id)
        if job is None or not job.is_enabled:
            return False
        paused: list[Action] = [
            Job.is_enabled.set(False),
            Job.paused_by.set(SYSTEM_ACTOR),
            Job.pause_reason.set(reason),
        ]
        actions = [*paused, Job.modified_at.set(now), *due.off_schedule(job, now)]
        effect = Effect("job", job.id, job.identifier, f"Paused it: {reason}")
        with audit_context.by_system("job.paused", now):
            if changes.update_if(job, Job.id.exists() & due.schedule_unchanged(job), actions, effect):
                return True
    raise Conflict("The job is being changed by somebody else. Please try again.")
