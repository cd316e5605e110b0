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

    Of slots that were missed, `misfire` says whether the latest is made up for, all are, or none; none that is later than
    `lateness_limit` hours. `overlap` says what becomes of a slot while a run is going: skipped, queued, or run beside it.
    A run that fails is tried again up to `retries` times, first after `retry_delay` minutes and then after twice as many
    each time. After `pause_after` failures in a row the job is paused; 0 is never. What is told by mail is told to
    `webhook_url` too, signed with a secret that the answer has, this once.
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
    """What to change of a job; what is left out stays. The identifier is fixed."""

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
    """Until when no slot of a job runs."""

    until: Moment


class RunNow(Form):
    """A run out of schedule."""

    parameters: Parameters | None = None


def limits(person: Person) -> dict[str, int]:
    """What the form must know of the person, and of the deployment: maintainers may go beyond the usual size."""
    found = {"private_webhooks": int(settings().private_webhooks)}
    return found | ({"max_size": LIMITS.size_of_maintainers.high} if person.maintains_jobs else {})
