"""What people fill in about jobs."""

from __future__ import annotations

from pydantic import Field

from chalicelib.core.config import settings
from chalicelib.core.fields import Form, Identifier
from chalicelib.core.limits import LIMITS
from chalicelib.identity.person import Person
from chalicelib.jobs.fields import (
    Description,
    Lateness,
    MisfireChoice,
    Moment,
    OverlapChoice,
    Parameters,
    PauseAfter,
    ReleaseVersion,
    Retries,
    RetryDelay,
    Rule,
    Size,
    Timeout,
    VisibilityChoice,
    WebhookUrl,
    Zone,
)
from chalicelib.jobs.models import Visibility
from chalicelib.notebooks.forms import Notebook
from chalicelib.schedules.policies import Misfire, Overlap


class NewJob(Form):
    """A job to be scheduled. `job_timeout` is in hours; `schedule` is daily, weekly, monthly or a cron expression.

    `misfire` says whether the latest missed slot, all, or none of them are made up for; none that is more than
    `lateness_limit` hours late is. `overlap` says what happens to a slot while a run is in progress: it is skipped, queued, or
    run at the same time. A run that fails is retried up to `retries` times, first after `retry_delay` minutes, then after twice
    as long each time. After `pause_after` failures in a row the job is paused; 0 means never. Notifications that are sent by
    mail also go to `webhook_url`, signed with a secret that only this response contains.
    """

    identifier: Identifier
    description: Description
    notebook: Notebook
    result_visibility: VisibilityChoice = Visibility.PRIVATE
    size: Size
    schedule: Rule
    timezone: Zone = "UTC"
    job_timeout: Timeout = LIMITS.job_timeout.default
    misfire: MisfireChoice = Misfire.LATEST
    lateness_limit: Lateness = LIMITS.lateness.default
    overlap: OverlapChoice = Overlap.SKIP
    retries: Retries = LIMITS.retries.default
    retry_delay: RetryDelay = LIMITS.retry_delay.default
    pause_after: PauseAfter = LIMITS.pause_after.default
    webhook_url: WebhookUrl | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    emr_release: ReleaseVersion
    parameters: Parameters = Field(default_factory=dict)


class EditJob(Form):
    """What to change about a job. Fields that are left out stay as they are. The identifier cannot be changed."""

    description: Description | None = None
    notebook: Notebook | None = None
    result_visibility: VisibilityChoice | None = None
    size: Size | None = None
    schedule: Rule | None = None
    timezone: Zone | None = None
    job_timeout: Timeout | None = None
    misfire: MisfireChoice | None = None
    lateness_limit: Lateness | None = None
    overlap: OverlapChoice | None = None
    retries: Retries | None = None
    retry_delay: RetryDelay | None = None
    pause_after: PauseAfter | None = None
    webhook_url: WebhookUrl | None = None
    start_date: Moment | None = None
    end_date: Moment | None = None
    emr_release: ReleaseVersion | None = None
    parameters: Parameters | None = None


class Snooze(Form):
    """The time until which none of a job's slots run."""

    until: Moment


class RunNow(Form):
    """An unscheduled run."""

    parameters: Parameters | None = None


def limits(person: Person) -> dict[str, int]:
    """What the form must know of the person, and of the deployment: maintainers may go beyond the usual size."""
    found = {"private_webhooks": int(settings().private_webhooks)}
    return found | ({"max_size": LIMITS.size_of_maintainers.high} if person.maintains_jobs else {})
