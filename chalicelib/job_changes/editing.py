"""Changing a job: its settings, its notebook."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict, Invalid
from chalicelib.core.tables import as_read, find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.dispatch import serving
from chalicelib.identity.person import Person
from chalicelib.job_changes import storing
from chalicelib.job_changes.forms import EditJob, JobChanges
from chalicelib.jobs import due, factory, predecessors
from chalicelib.jobs import service as jobs
from chalicelib.jobs.models import FIELDS, Job
from chalicelib.notebooks import versions
from chalicelib.notebooks.forms import Notebook
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.releases import service as releases
from chalicelib.schedules import slots
from chalicelib.schedules.schedule import AFTER, OBJECTS, WITHOUT_SLOTS
from chalicelib.usage_limits import accounts

_CHANGEABLE = (
    *(name for name in FIELDS if name in EditJob.model_fields),
    "commit", "after_job", "arrival_bucket", "notebook_name", "notebook_key", "notebook_version", "notebook_number",
)  # fmt: skip

TIMING = frozenset({"schedule", "timezone", "start_date", "end_date", "on_arrival"})
"""What says when a job runs."""
PROMISE = ("promised_by", "timezone")
"""What says when its result is promised."""
OWNERS = ("result_visibility", "webhook_url")
"""What only those change who may publish the job: with whom it is shared may change the rest."""


def edit(person: Person, job_id: str, form: JobChanges, now: datetime, check: Check = last_write_wins) -> Job:
    """Change a job. A new schedule, zone or start resets the schedule; an end moved to the future un-expires the job.

    Raises:
        NotFound, Forbidden: as `service.get` has it.
        Invalid: naming the fields; among them a start that is moved into the past, and a timing without a run to come.
        LimitReached: its owner may not have so many workers at once.
        Conflict: somebody else changed the job meanwhile. So does `check`, which gets the job as it is before the change.
    """
    job, unchanged = jobs.get(person, job_id, "job.edit"), find(Job, job_id)
    check(job)
    read_at, before = job.modified_at, (job.notebook_key, job.notebook_version)
    old_values = {name: getattr(job, name) for name in FIELDS}
    _apply(job, form, now)
    if form.model_fields_set:
        job.commit = getattr(form, "commit", None)
    factory.check_trigger(job)
    _check_timing(job, old_values, now)
    order = predecessors.change(person, job, old_values["after"])
    if any(getattr(job, name) != old_values[name] for name in OWNERS):
        jobs.get(person, job_id, "job.publish")
    if job.size != old_values["size"]:
        accounts.of(job.owner, now).refuse_size(int(job.size))
    new_version = _store_notebook(person, job, form, now)
    actions = [Job.modified_at.set(now), *(_set_or_remove(name, getattr(job, name)) for name in _CHANGEABLE)]
    condition = Job.modified_at == read_at
    if form.model_fields_set & TIMING:
        moved, not_due = _reschedule(job, unchanged or job, old_values, now)
        actions, condition = actions + moved, condition & not_due
    actions += _promise_changes(job, old_values, now)
    changed = [name for name in FIELDS if getattr(job, name) != old_values[name]] + (
        ["notebook"] if new_version else []
    )
    summary = f"Edited it: {', '.join(changed) or 'nothing changed'}."
    effect = Effect("job", job.id, job.identifier, summary, tuple(changed))
    try:
        storing.store(job, actions, condition, new_version, effect, order)
    except Conflict:
        check(jobs.get(person, job_id, "job.edit"))
        raise
    if new_version:
        versions.mark_replaced(*before)
    return job


def _store_notebook(person: Person, job: Job, form: JobChanges, now: datetime) -> NotebookVersion | None:
    """The job's new notebook, or None where it keeps the one it has."""
    if not form.notebook:
        return None
    new_version = versions.store(person, job.id, int(job.notebook_number) + 1, form.notebook, jobs.get, now)
    factory.set_notebook(job, new_version)
    return new_version


def _apply(job: Job, form: JobChanges, now: datetime) -> None:
    values = {name: getattr(form, name) for name in form.model_fields_set}
    values.pop("notebook", None)
    values.pop("commit", None)
    zone = values.get("timezone") or job.timezone
    for name in ("start_date", "end_date"):
        if values.get(name):
            values[name] = clock.in_utc(values[name], zone)
    if values.get("emr_release"):
        releases.check(values["emr_release"])
    if values.get("schedule", AFTER) != AFTER:
        values.setdefault("after", None)
    if values.get("schedule", OBJECTS) != OBJECTS:
        values.setdefault("on_arrival", None)
    _check_dates(job, values, now)
    for name, value in values.items():
        if value is not None or Job.get_attributes()[name].null:
            setattr(job, name, value)


def _check_dates(job: Job, values: dict[str, Any], now: datetime) -> None:
    start = values.get("start_date") or job.start_date
    if start.replace(second=0, microsecond=0) == job.start_date.replace(second=0, microsecond=0):
        values["start_date"] = start = job.start_date
    elif start < now:
        raise Invalid.field("start_date", "The start date can only be moved to the future.")
    if values.get("end_date") and values["end_date"] != job.end_date:
        factory.check_end(start, values["end_date"], now)


def _check_timing(job: Job, old_values: dict[str, Any], now: datetime) -> None:
    """A job whose timing is changed must have a run to come, unless it has expired and stays so."""
    if job.on_arrival != old_values["on_arrival"]:
        factory.check_place(job)
    unchanged = {name for name in TIMING if getattr(job, name) == old_values[name]}
    if unchanged != TIMING and not (job.expired_at and "end_date" in unchanged):
        factory.check_timing(job.timing, now)


def _reschedule(job: Job, stored: Job, old_values: dict[str, Any], now: datetime) -> tuple[list[Action], Condition]:
    """The changes by which a job follows its new timing, and on which condition: what is due by the old one is recorded as skipped
    now, and nothing more has come due or arrived. What has arrived and is not due stays, unless it was for another place."""
    serving.skip_due_slots(stored, "The schedule was changed before this run was started.", now)
    condition: Condition = as_read(Job.burst_since, stored.burst_since)
    if old_values["schedule"] == AFTER:
        condition &= Job.arrivals.does_not_exist()
    if stored.burst_since and job.on_arrival == old_values["on_arrival"]:
        return [Job.expired_at.remove()], condition
    return [*_next_run_changes(job, now), *(due.burst_over() if stored.burst_since else [])], condition


def _next_run_changes(job: Job, now: datetime) -> list[Action]:
    """Expired jobs come back when they have slots again; paused ones stay paused."""
    at = slots.first_look(job, now)
    if at is None and job.schedule in WITHOUT_SLOTS:
        return [Job.expired_at.remove(), *due.next_look_changes(None)]
    if at is None or (job.end_date and at >= job.end_date and job.expired_at):
        return []
    return [Job.expired_at.remove(), *(due.due_at(job, at) if job.is_enabled else [])]


def _promise_changes(job: Job, old_values: dict[str, Any], now: datetime) -> list[Action]:
    """The sweep looks at a promise that is as it was when it would have."""
    is_new = any(getattr(job, name) != old_values[name] for name in PROMISE)
    return due.promise_changes(job, now) if is_new else []


def restore_notebook(person: Person, job_id: str, number: int, now: datetime) -> Job:
    """Make an earlier version of the job's notebook its newest.

    Raises:
        NotFound, Forbidden: as `service.get` has it, or there is no such version.
        Conflict: it is the newest already, or somebody else changed the job meanwhile.
    """
    job = jobs.get(person, job_id, "job.edit")
    version = versions.get(job_id, number)
    if version.number == job.notebook_number:
        raise Conflict(f"{job.identifier} runs version {number} already.")
    return edit(person, job_id, EditJob(notebook=Notebook(name=version.name, job=job_id, number=number)), now)


def _set_or_remove(name: str, value: object) -> Action:
    attribute = getattr(Job, name)
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action
