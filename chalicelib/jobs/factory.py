"""A job as a form describes it, before there is one: checked, and with all that its record starts with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from chalicelib.core import clock, reserved_names
from chalicelib.core.config import settings
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import new_id
from chalicelib.core.text import wall_clock_with_zone
from chalicelib.identity.person import Person
from chalicelib.jobs import due
from chalicelib.jobs.forms import NewJob
from chalicelib.jobs.models import FIELDS, PROMISING, Job
from chalicelib.mail.webhooks.secrets import new_secret
from chalicelib.notebooks.models import NotebookVersion
from chalicelib.releases import service as releases
from chalicelib.schedules import bursts, promises, slots, triggers
from chalicelib.schedules.schedule import WITHOUT_SLOTS, Schedule
from chalicelib.site_settings import service as site_settings

SCOPE = "job"


def of_form(person: Person, form: NewJob, now: datetime) -> Job:
    """The job, without its notebook, as it would be stored; nothing is stored.

    Raises:
        Invalid: as `creation.create` has it.
    """
    if reserved_names.is_taken(SCOPE, form.identifier):
        raise identifier_taken(form.identifier)
    releases.check(form.emr_release)
    start = clock.in_utc(form.start_date, form.timezone) if form.start_date else now
    end = clock.in_utc(form.end_date, form.timezone) if form.end_date else None
    job_id = new_id("j")
    job = Job(
        job_id,
        owner=person.username,
        owner_email=person.email,
        due_shard=due.shard_of(job_id),
        created_at=now,
        modified_at=now,
        commit=getattr(form, "commit", None),
        **{name: getattr(form, name) for name in FIELDS} | {"start_date": start, "end_date": end},
    )
    if job.webhook_url:
        job.webhook_secret = new_secret()
    check_trigger(job)
    check_place(job)
    check_timing(job.timing, now)
    job.next_run_at = slots.first_look(job, now)
    if job.promised_by:
        job.promising = PROMISING
        job.next_promise_at = promises.next_moment(job.promised_by, job.timezone, now)
    return job


def set_notebook(job: Job, version: NotebookVersion) -> None:
    """From now on the job has this version; nothing is stored."""
    job.notebook_name, job.notebook_number = version.name, version.number
    job.notebook_key, job.notebook_version = version.key, version.version


def check_trigger(job: Job) -> None:
    """
    Raises:
        Invalid: the job has both a schedule and a job that it starts after, or a place where objects arrive, or neither.
    """
    if wrong := triggers.refusal(job.schedule, job.after) or bursts.refusal(job.schedule, job.on_arrival):
        raise Invalid.field(*wrong)
    job.arrival_bucket = bursts.bucket_and_prefix(job.on_arrival)[0] if job.on_arrival else None


def check_place(job: Job) -> None:
    """
    Raises:
        Invalid: objects that arrive there may not start jobs.
    """
    if not job.on_arrival:
        return
    allowed, own = site_settings.read()[0].arrival_places, settings().own_buckets
    if wrong := bursts.place_refusal(job.on_arrival, allowed, own):
        raise Invalid.field("on_arrival", wrong)


def check_end(start: datetime, end: datetime | None, now: datetime) -> None:
    """
    Raises:
        Invalid: the end, which may be none, is before the start or now.
    """
    if end and end <= start:
        raise Invalid.field("end_date", "The end date must be after the start date.")
    if end and end <= now:
        raise Invalid.field("end_date", "The end date must be in the future.")


def check_timing(timing: Schedule, now: datetime) -> None:
    """
    Raises:
        Invalid: as `check_end` has it, or there is no slot from now on.
    """
    check_end(timing.start, timing.end, now)
    if timing.rule in WITHOUT_SLOTS:
        return
    after = slots.before_first(timing, now)
    if timing.next_slot(after):
        return
    first = replace(timing, end=None).next_slot(after)
    if first is None:
        raise Invalid.field("schedule", "This schedule never runs. Choose another one.")
    raise Invalid.field(
        "end_date",
        f"The first run would be on {wall_clock_with_zone(first, timing.zone)}, which is not before this end. "
        "Choose a later end, or another schedule.",
    )


def identifier_taken(identifier: str) -> Invalid:
    """The refusal of an identifier that another job has."""
    return Invalid.field("identifier", f"There is already a job named {identifier}. Choose another identifier.")
