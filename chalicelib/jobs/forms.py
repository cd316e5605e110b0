"""What people fill in about jobs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from keyword import iskeyword
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, Field, model_validator

from chalicelib import strict_json
from chalicelib.clusters.rules import MAX_SIZE, MAX_SIZE_OF_MAINTAINERS
from chalicelib.config import settings
from chalicelib.fields import EMPTY, Checked, Form, Identifier, choice, refuse, text, whole_number
from chalicelib.jobs.models import DEFAULT_LATENESS, DEFAULT_PAUSE_AFTER, DEFAULT_RETRY_DELAY
from chalicelib.jobs.runs.rules import (
    DEFAULT_TIMEOUT,
    MAX_PAUSE_AFTER,
    MAX_RETRIES,
    MAX_RETRY_DELAY,
    MAX_TIMEOUT,
    MIN_TIMEOUT,
)
from chalicelib.jobs.schedules import schedule
from chalicelib.jobs.schedules.overlap import OVERLAPS, SKIP
from chalicelib.jobs.schedules.slots import LATEST, MAX_LATENESS, MIN_LATENESS, MISFIRES
from chalicelib.users.person import Person
from chalicelib.webhooks import rules

Context = Mapping[str, Any]
FIRST_YEAR, LAST_YEAR = 2000, 2100
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")
LONGEST_PARAMETERS = 8_000
"""EMR takes arguments of up to 10,280 characters; papermill's note of them is longer than the JSON."""
VISIBILITIES = ("private", "public")


def _moment(value: Any, context: Context) -> datetime:
    """Times come with an offset, or without one from a form: those are wall times of the job's zone (see `in_utc`)."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        refuse("Give a date and time such as 2027-01-31T06:00, or with an offset such as 2027-01-31T06:00Z.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        refuse("There is no such date or time. Give one such as 2027-01-31T06:00.")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        refuse(f"Choose a year from {FIRST_YEAR} to {LAST_YEAR}.")
    return moment


def _rule(value: Any, context: Context) -> str:
    if not isinstance(value, str):
        refuse("Choose daily, weekly or monthly, or give a cron expression.")
    if refusal := schedule.refuse_rule(value.strip()):
        refuse(refusal)
    return value.strip()


def _zone(value: Any, context: Context) -> str:
    if not isinstance(value, str) or not schedule.is_zone(value):
        refuse("Choose a time zone by its IANA name, such as UTC or Europe/Berlin.")
    return value


def _parameters(value: Any, context: Context) -> dict[str, Any]:
    """An object, or its JSON text from a form."""
    try:
        found = strict_json.loads(value if isinstance(value, str) else json.dumps(value))
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(name.isidentifier() and not iskeyword(name) for name in found):
        refuse('Give the parameters as a JSON object whose names are Python names, such as {"days": 7}.')
    if len(json.dumps(found)) > LONGEST_PARAMETERS:
        refuse(
            f"The parameters have more than {LONGEST_PARAMETERS:,} characters, which EMR does not take. Put them in S3."
        )
    return found


def _webhook(value: Any, context: Context) -> str:
    if not isinstance(value, str):
        refuse("Give a web address such as https://hooks.example.com/atmo.")
    if refusal := rules.refuse_url(value.strip(), bool(context.get("private_webhooks"))):
        refuse(refusal)
    return value.strip()


def _file_name(value: Any, context: Context) -> str:
    """Any text: what makes a good name is checked together with the content, and told at the notebook."""
    if not isinstance(value, str):
        refuse("Give the notebook's file name.")
    return value


def _content(value: Any, context: Context) -> bytes:
    """The notebook's text, or the notebook itself as JSON."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if not isinstance(value, dict):
        refuse("Give the notebook's content as text or as the JSON object itself.")
    return json.dumps(value).encode()


def _bytes(value: Any, context: Context) -> int:
    """Any number of bytes: how many are too many is told in megabytes where it is known of which file."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        refuse("Give the file's size as a whole number of bytes.")
    return value


Moment = Annotated[datetime, Checked(_moment, {"type": "string", "format": "date-time"})]
Rule = Annotated[str, Checked(_rule, {"type": "string", "examples": ["daily", "0 6 * * 1-5"]})]
Zone = Annotated[str, Checked(_zone, {"type": "string", "examples": ["UTC", "Europe/Berlin"]})]
Parameters = Annotated[dict[str, Any], Checked(_parameters, {"type": "object"})]
FileName = Annotated[
    str, Checked(_file_name, {"type": "string", "maxLength": 200, "pattern": r"^[^/\\]+\.(ipynb|json|zpln)$"})
]
Content = Annotated[bytes, Checked(_content, {"anyOf": [{"type": "string"}, {"type": "object"}]})]
Reference = Annotated[str, text("Give an id of up to 100 characters.", 100)]
Version = Annotated[int, whole_number(1, 1_000_000, "a version")]
Bytes = Annotated[int, Checked(_bytes, {"type": "integer", "minimum": 1})]
Size = Annotated[int, whole_number(1, MAX_SIZE, "workers", high_key="max_size")]
Timeout = Annotated[int, whole_number(MIN_TIMEOUT, MAX_TIMEOUT, "hours")]
Misfire = Annotated[str, choice(MISFIRES, "Choose latest, all or skip.")]
Lateness = Annotated[int, whole_number(MIN_LATENESS, MAX_LATENESS, "hours")]
Overlap = Annotated[str, choice(OVERLAPS, "Choose skip, queue or allow.")]
WebhookUrl = Annotated[str, Checked(_webhook, {"type": "string", "format": "uri", "maxLength": rules.LONGEST_URL})]
Retries = Annotated[int, whole_number(0, MAX_RETRIES, "retries")]
RetryDelay = Annotated[int, whole_number(1, MAX_RETRY_DELAY, "minutes")]
PauseAfter = Annotated[int, whole_number(0, MAX_PAUSE_AFTER, "failures in a row")]
Description = Annotated[str, text("Describe in up to 5,000 characters what the job is for.", 5000)]
Visibility = Annotated[str, choice(VISIBILITIES, "Choose private or public.")]
ReleaseVersion = Annotated[str, text("Choose an EMR release.", 50)]


def _only(source: str) -> dict[str, Any]:
    """The schema of an object that has this field."""
    return {"required": [source], "properties": {source: {"not": {"anyOf": [{"type": "null"}, EMPTY]}}}}


class Notebook(Form):
    """A notebook: its file name, and its content, the id of an upload, or the job whose notebook it shall be, of which
    `number` may name an earlier version."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [_only(source) for source in ("content", "upload", "job")]})

    name: FileName
    content: Content | None = None
    upload: Reference | None = None
    job: Reference | None = None
    number: Version | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Notebook:
        if sum(found is not None for found in (self.content, self.upload, self.job)) != 1:
            refuse("Give the notebook as one of content, upload (an upload's id) and job (another job's id).")
        return self


class NewUpload(Form):
    """A notebook that will be uploaded: its file name, and its size in bytes."""

    name: FileName
    size: Bytes


class NewJob(Form):
    """A job to be scheduled. `job_timeout` is in hours; `schedule` is daily, weekly, monthly or a cron expression.

    Of slots that were missed, `misfire` says whether the latest is made up for, all are, or none; none that is later than
    `lateness_limit` hours. `overlap` says what becomes of a slot while a run is going: skipped, queued, or run beside it.
    A run that fails is tried again up to `retries` times, first after `retry_delay` minutes and then after twice as many
    each time. After `pause_after` failures in a row the job is paused; 0 is never. What is told by mail is told to
    `webhook_url` too, signed with a secret that the answer has, this once.
    """

    identifier: Identifier
    description: Description
    notebook: Notebook
    result_visibility: Visibility = "private"
    size: Size
    schedule: Rule
    timezone: Zone = "UTC"
    job_timeout: Timeout = DEFAULT_TIMEOUT
    misfire: Misfire = LATEST
    lateness_limit: Lateness = DEFAULT_LATENESS
    overlap: Overlap = SKIP
    retries: Retries = 0
    retry_delay: RetryDelay = DEFAULT_RETRY_DELAY
    pause_after: PauseAfter = DEFAULT_PAUSE_AFTER
    webhook_url: WebhookUrl | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    emr_release: ReleaseVersion
    parameters: Parameters = Field(default_factory=dict)


class EditJob(Form):
    """What to change of a job; what is left out stays. The identifier is fixed."""

    description: Description | None = None
    notebook: Notebook | None = None
    result_visibility: Visibility | None = None
    size: Size | None = None
    schedule: Rule | None = None
    timezone: Zone | None = None
    job_timeout: Timeout | None = None
    misfire: Misfire | None = None
    lateness_limit: Lateness | None = None
    overlap: Overlap | None = None
    retries: Retries | None = None
    retry_delay: RetryDelay | None = None
    pause_after: PauseAfter | None = None
    webhook_url: WebhookUrl | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    emr_release: ReleaseVersion | None = None
    parameters: Parameters | None = None


class Snooze(Form):
    """Until when no slot of a job runs."""

    until: Moment


class RunNow(Form):
    """A run out of schedule."""

    parameters: Parameters | None = None


def limits(person: Person) -> dict[str, int]:
    """What the form must know of the person, and of the deployment: maintainers may go beyond the usual size."""
    found = {"private_webhooks": int(settings().private_webhooks)}
    return found | ({"max_size": MAX_SIZE_OF_MAINTAINERS} if person.maintains_jobs else {})


def in_utc(moment: datetime, zone: str) -> datetime:
    """A moment from a form in UTC: one without an offset is a wall time of the zone."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
