"""Pause, resume and snooze. A paused job has no slots until it is resumed; a snoozed one skips them until a moment."""

from __future__ import annotations

from datetime import datetime

from pynamodb.expressions.update import Action

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import utc
from chalicelib.identity.person import Person
from chalicelib.jobs import due
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import Job
from chalicelib.mail import acts_of_others
from chalicelib.runs import run_queue
from chalicelib.schedules import slots
from chalicelib.schedules.schedule import WITHOUT_SLOTS


def pause(person: Person, job_id: str, now: datetime, reason: str = "") -> Job:
    """No slot runs until the job is resumed; runs in progress or waiting continue. Pausing twice changes nothing. The owner is
    told who else paused it, and the `reason`.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Conflict: others keep changing the job.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = jobs.get(person, job_id, "job.edit")
        if not job.is_enabled:
            return job
        paused: list[Action] = [
            Job.is_enabled.set(False),
            Job.paused_by.set(person.username),
            Job.pause_reason.remove(),
        ]
        actions = [*paused, Job.modified_at.set(now), *due.off_schedule(job, now)]
        effect = Effect("job", job.id, job.identifier, "Paused it.")
        if changes.update_if(job, Job.id.exists() & due.schedule_unchanged(job), actions, effect):
            acts_of_others.post(
                person, job, acts_of_others.Act.PAUSED, what=f"your job {job.identifier}",
                page=f"jobs/{job.id}", occasion=f"paused-by-another#{job.id}#{clock.text(now)}", reason=reason, now=now,
            )  # fmt: skip
            return job
    raise jobs.changed_meanwhile(job)


def resume(person: Person, job_id: str, now: datetime) -> Job:
    """Run again from the next slot on, snoozed or paused; slots that passed while it was paused are not made up for.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Conflict: the job has expired, or others keep changing it.
    """
    for _ in range(run_queue.MAX_ATTEMPTS):
        job = jobs.get(person, job_id, "job.edit")
        at = job.next_run_at or slots.next_look(job, now)
        if job.expired_at or (at is None and job.schedule not in WITHOUT_SLOTS):
            raise Conflict(
                f"The end date of {job.identifier} has passed. Edit the job and choose an end date in the future."
            )
        if job.is_enabled and not job.snoozed_until:
            return job
        effect, unchanged = Effect("job", job.id, job.identifier, "Resumed it."), due.schedule_unchanged(job)
        if changes.update_if(job, Job.id.exists() & unchanged, _resume_actions(job, at, now), effect):
            return job
    raise jobs.changed_meanwhile(job)


def _resume_actions(job: Job, at: datetime | None, now: datetime) -> list[Action]:
    actions: list[Action] = [Job.snoozed_until.remove(), Job.modified_at.set(now)]
    if job.is_enabled:
        return actions
    actions += [
        Job.is_enabled.set(True),
        Job.paused_by.remove(),
        Job.pause_reason.remove(),
        Job.failures_in_a_row.set(0),
        Job.external_failures.set(0),
    ]
    return [*actions, *(due.due_at(job, at) if at else due.next_look_changes(None))]


def snooze(person: Person, job_id: str, moment: datetime, now: datetime) -> Job:
    """Skip the job's slots until a moment; `resume` ends that earlier. Runs in progress continue, and it can still be run by hand.

    Raises:
        NotFound, Forbidden: as `jobs.get` has it.
        Invalid: the moment does not lie in the future, or more than a year away.
        Conflict: the job is paused or has expired, or was changed meanwhile.
    """
    job = jobs.get(person, job_id, "job.edit")
    until = clock.in_utc(moment, job.timezone)
    if not now < until <= now + LIMITS.snooze:
        raise Invalid.field("until", "Choose a moment in the future, up to a year away.")
    if job.expired_at or not job.is_enabled:
        state = "has expired" if job.expired_at else "is paused"
        raise Conflict(f"{job.identifier} {state}, so there are no runs to snooze.")
    actions: list[Action] = [Job.snoozed_until.set(until), Job.modified_at.set(now)]
    effect = Effect("job", job.id, job.identifier, f"Snoozed it until {utc(until)}.")
    if not changes.update_if(job, Job.modified_at == job.modified_at, actions, effect):
        raise jobs.changed_meanwhile(job)
    return job
