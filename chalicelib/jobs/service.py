"""Jobs: create, find, list, edit, delete."""

from __future__ import annotations

import hashlib
import zlib
from datetime import datetime
from functools import partial
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action

from chalicelib import access, names
from chalicelib.audit import deed
from chalicelib.errors import Conflict, Invalid
from chalicelib.jobs import dispatch, webhooks
from chalicelib.jobs.forms import EditJob, NewJob, in_utc
from chalicelib.jobs.models import DUE_SHARDS, Job
from chalicelib.jobs.notebooks import files as notebooks
from chalicelib.jobs.notebooks import versions
from chalicelib.jobs.notebooks.models import NotebookVersion
from chalicelib.jobs.runs import lifecycle
from chalicelib.jobs.runs.models import ORDER, Run
from chalicelib.jobs.schedules import overlap, slots, turns
from chalicelib.releases import service as releases
from chalicelib.shares import service as shares
from chalicelib.tables import (
    EVERYBODY,
    Page,
    find,
    in_order,
    new_id,
    newest_first,
    rejected_items,
    transaction,
    update_if,
    was_overtaken,
    was_rejected,
)
from chalicelib.users.person import Person

SCOPE = "job"


def create(person: Person, form: NewJob, submission: str, now: datetime, enabled: bool = True) -> Job:
    """Store a job, scheduled from now on, or paused. The same `submission` key again returns the first one's job.

    Raises:
        Invalid: naming the fields; among them an identifier that is taken and an end before the start.
        Conflict: the submission key was used for something else.
        Unavailable: S3 did not take the notebook.
    """
    digest = hashlib.sha256(repr(form).encode()).hexdigest()
    job_id = id_of(person, submission)
    job = find(Job, job_id)
    if job is not None:
        deed.nothing_new()
    else:
        job = draft(person, form, job_id, digest, now)
        if not enabled:
            job.is_enabled, job.next_run_at, job.due_shard = False, None, None
        kept = versions.keep(person, job_id, 1, form.notebook, get, now)
        job = _store(job, kept)
        deed.on("job", job.id, job.identifier, "Scheduled it.")
    if job.request_digest != digest:
        raise Conflict("This submission was already used to create another job. Open the form again.")
    return job


def id_of(person: Person, submission: str) -> str:
    """The id of the job that this submission makes; another one each time where there is no key."""
    return new_id("j", person.username, "job", submission) if submission else new_id("j")


def draft(person: Person, form: NewJob, job_id: str, digest: str, now: datetime) -> Job:
    """The job, without its notebook, as it would be stored; nothing is stored.

    Raises:
        Invalid: as `create` has it.
    """
    if names.is_taken(SCOPE, form.identifier):
        raise _taken(form.identifier)
    releases.check(form.emr_release)
    start = in_utc(form.start_date, form.timezone) if form.start_date else now
    end = in_utc(form.end_date, form.timezone) if form.end_date else None
    _check_end(start, end, now)
    job = Job(
        job_id,
        owner=person.username,
        owner_email=person.email,
        request_digest=digest,
        due_shard=DUE_SHARDS[zlib.crc32(job_id.encode()) % len(DUE_SHARDS)],
        created_at=now,
        modified_at=now,
        **{name: getattr(form, name) for name in _SAME} | {"start_date": start, "end_date": end},
    )
    if job.webhook_url:
        job.webhook_secret = webhooks.new_secret()
    job.next_run_at = slots.first_look(job, now)
    if job.next_run_at is None:
        raise Invalid.field("schedule", "This schedule never comes due. Change it, the start date or the end date.")
    return job


def _has(job: Job, kept: NotebookVersion) -> None:
    job.notebook_name, job.notebook_number = kept.name, kept.number
    job.notebook_key, job.notebook_version = kept.key, kept.version


def _check_end(start: datetime, end: datetime | None, now: datetime) -> None:
    if end and end <= start:
        raise Invalid.field("end_date", "The end date must lie after the start date.")
    if end and end <= now:
        raise Invalid.field("end_date", "The end date must lie in the future.")


def _taken(identifier: str) -> Invalid:
    return Invalid.field("identifier", f"There is a job named {identifier} already. Choose another identifier.")


def _store(job: Job, kept: NotebookVersion) -> Job:
    _has(job, kept)
    try:
        with transaction() as write:
            write.save(job, condition=Job.id.does_not_exist())
            write.save(names.Name(SCOPE, job.identifier, holder=job.id), condition=names.Name.name.does_not_exist())
            write.save(kept)
    except TransactWriteError as error:
        if not was_rejected(error):
            raise
        stored = find(Job, job.id) if rejected_items(error)[0] else None
        if not stored:
            raise _taken(job.identifier) from None
        return stored
    return job


def get(person: Person, job_id: str, action: str = "job.view") -> Job:
    """The job with this id, for somebody who is about to do this to it.

    Raises:
        NotFound: there is none, or this person may not see it.
        Forbidden: this person may see it, but not do that.
    """
    return access.permitted(person, action, find(Job, job_id), "There is no such job.")


def listing(person: Person, limit: int, cursor: str | None = None, whose: str = access.MINE) -> Page[Job]:
    """Jobs, the latest first: "mine", those "shared" with this person (the latest share first), or "all".

    Raises:
        Forbidden: this person may not list everybody's.
    """
    access.check_whose(person, "job", whose)
    if whose == access.SHARED:
        return in_order(Job, shares.shared_with(person, "j"), limit, cursor)
    if whose == access.ALL:
        return newest_first(Job.by_everybody, {"everybody": EVERYBODY}, limit, cursor)
    return newest_first(Job.by_owner, {"owner": person.username}, limit, cursor)


def edit(person: Person, job_id: str, form: EditJob, now: datetime) -> Job:
    """Change a job. A new schedule, zone or start resets the schedule; an end moved to the future un-expires the job.

    Raises:
        NotFound, Forbidden: as `get` has it.
        Invalid: naming the fields; among them a start that is moved into the past.
        Conflict: somebody else changed the job meanwhile.
    """
    job, unchanged = get(person, job_id, "job.edit"), find(Job, job_id)
    seen, before = job.modified_at, (job.notebook_key, job.notebook_version)
    was = {name: getattr(job, name) for name in _SAME}
    _apply(job, form, now)
    kept = (
        versions.keep(person, job.id, int(job.notebook_number) + 1, form.notebook, get, now) if form.notebook else None
    )
    if kept:
        _has(job, kept)
    changes = [Job.modified_at.set(now), *(_set_or_remove(name, getattr(job, name)) for name in _CHANGEABLE)]
    if form.model_fields_set & {"schedule", "timezone", "start_date", "end_date"}:
        if unchanged:
            dispatch.settle(unchanged, "The schedule was changed before this slot was served.", now)
        changes += _rescheduled(job, now)
    if kept:
        _replace(job, changes, Job.modified_at == seen, kept)
        versions.lapse(*before)
    else:
        _update(job, changes, Job.modified_at == seen)
    changed = [name for name in _SAME if getattr(job, name) != was[name]] + (["notebook"] if kept else [])
    deed.on("job", job.id, job.identifier, f"Edited it: {', '.join(changed) or 'nothing changed'}.", changed)
    return job


def _replace(job: Job, changes: list[Action], condition: Any, kept: NotebookVersion) -> None:
    """Change the job and record its new notebook, both or neither."""
    try:
        with transaction() as write:
            write.update(Job(job.id), actions=changes, condition=condition)
            write.save(kept, condition=NotebookVersion.job_id.does_not_exist())
    except TransactWriteError as error:
        if not was_rejected(error):
            raise
        notebooks.forget(kept.key, kept.version)
        raise changed_meanwhile(job) from None
    job.refresh(consistent_read=True)


_SAME = tuple(name for name in NewJob.model_fields if name in Job.get_attributes())
"""What a job's record has under the names of its form: all but the notebook."""
_CHANGEABLE = (
    *(name for name in _SAME if name in EditJob.model_fields),
    "notebook_name", "notebook_key", "notebook_version", "notebook_number",
)  # fmt: skip


def _apply(job: Job, form: EditJob, now: datetime) -> None:
    given = {name: getattr(form, name) for name in form.model_fields_set}
    given.pop("notebook", None)
    zone = given.get("timezone") or job.timezone
    for name in ("start_date", "end_date"):
        if given.get(name):
            given[name] = in_utc(given[name], zone)
    if given.get("emr_release"):
        releases.check(given["emr_release"])
    _check_dates(job, given, now)
    for name, value in given.items():
        if value is not None or Job.get_attributes()[name].null:
            setattr(job, name, value)


def _check_dates(job: Job, given: dict[str, Any], now: datetime) -> None:
    start = given.get("start_date") or job.start_date
    if start.replace(second=0, microsecond=0) == job.start_date.replace(second=0, microsecond=0):
        given["start_date"] = start = job.start_date
    elif start < now:
        raise Invalid.field("start_date", "The start date can only be moved to the future.")
    if given.get("end_date") and given["end_date"] != job.end_date:
        _check_end(start, given["end_date"], now)


def _rescheduled(job: Job, now: datetime) -> list[Action]:
    """Expired jobs come back when they have slots again; paused ones stay paused."""
    at = slots.first_look(job, now)
    if at is None or (job.end_date and at >= job.end_date and job.expired_at):
        return []
    return [Job.expired_at.remove(), *(due(job, at) if job.is_enabled else [])]


def due(job: Job, at: datetime) -> list[Action]:
    """The changes of the job by which dispatch looks at it at that moment."""
    shard = DUE_SHARDS[zlib.crc32(job.id.encode()) % len(DUE_SHARDS)]
    return [Job.due_shard.set(shard), Job.next_run_at.set(at)]


def delete(person: Person, job_id: str, now: datetime) -> None:
    """Delete a job and free its identifier. Its runs and their results are kept; those that are not over are cancelled.

    All in one transaction, so that no run is left that nobody asked to stop.

    Raises:
        NotFound, Forbidden: as `get` has it.
        Conflict: the job is changed by others all the time.
    """
    for _ in range(turns.TRIES):
        job = get(person, job_id, "job.delete")
        dispatch.settle(job, "The job was deleted before this slot was served.", now)
        left = [run for run in map(partial(find, Run), overlap.going(job)) if run and not run.is_final]
        if _deleted(job, left, person):
            deed.on("job", job.id, job.identifier, "Deleted it.")
            versions.lapse(job.notebook_key, job.notebook_version)
            for run in left:
                lifecycle.stop(run)
            return
    raise changed_meanwhile(job)


def _deleted(job: Job, left: list[Run], person: Person) -> bool:
    """Whether the job could be deleted together with the word to its runs: not when either was changed meanwhile."""
    try:
        with transaction() as write:
            write.delete(Job(job.id), condition=turns.as_seen(job))
            write.delete(names.Name(SCOPE, job.identifier), condition=names.Name.holder == job.id)
            for run in left:
                word = Run.cancelled_by.set(Run.cancelled_by | person.username)
                write.update(Run(run.id), actions=[word], condition=Run.status.is_in(*ORDER))
    except TransactWriteError as error:
        if not was_overtaken(error):
            raise
        return False
    return True


def renew_webhook_secret(person: Person, job_id: str) -> str:
    """A new secret for the signatures of the job's webhook; the one before counts no more. Nobody is shown it again.

    Raises:
        NotFound, Forbidden: as `get` has it.
        Conflict: the job has no webhook.
    """
    job = get(person, job_id, "job.edit")
    if not job.webhook_url:
        raise Conflict(f"{job.identifier} has no webhook. Edit the job and give it one first.")
    secret = webhooks.new_secret()
    _update(job, [Job.webhook_secret.set(secret)], Job.webhook_url.exists())
    deed.on("job", job.id, job.identifier, "Made its webhook a new secret.")
    return secret


def _set_or_remove(name: str, value: object) -> Action:
    attribute = getattr(Job, name)
    action: Action = attribute.remove() if value is None else attribute.set(value)
    return action


def _update(job: Job, changes: list[Action], condition: Any) -> None:
    if not update_if(job, condition, changes):
        raise changed_meanwhile(job)


def changed_meanwhile(job: Job) -> Conflict:
    """The refusal of a change that would undo somebody else's."""
    return Conflict(
        f"{job.identifier} was changed by somebody else meanwhile. Look at it again, then repeat your change."
    )
