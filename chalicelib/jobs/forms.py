"""What people fill in about jobs. `NewJob` is the one place that declares a job's field: its name, check, label, help, control
and default. The form that edits a job, the page, the job file and the API's description are made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from chalicelib.core.choices import options
from chalicelib.core.controls import NO_AUTOFILL, Control
from chalicelib.core.fields import Checked, Form, Identifier, choice, refuse, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import megabytes, times
from chalicelib.jobs.field_types import Moment, Parameters, Rule, S3Place, TimeOfDay, WebhookUrl, Zone
from chalicelib.jobs.models import Visibility
from chalicelib.notebooks.forms import Notebook
from chalicelib.schedules.policies import AfterOutcome, Misfire, Overlap
from chalicelib.schedules.schedule import AFTER, OBJECTS, Interval

COMMIT = re.compile(r"[0-9a-f]{7,64}(-dirty)?")
_COMMIT = {"type": "string", "pattern": f"^{COMMIT.pattern}$", "examples": ["1a2b3c4d"]}


def _commit(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not COMMIT.fullmatch(value):
        refuse(
            "Give the commit's id as git prints it, in hexadecimal digits, with -dirty after it where files differ from it."
        )
    return value


class NewJob(Form):
    """A job to be scheduled. `job_timeout` is in hours; `schedule` is daily, weekly, monthly, a cron expression, or `after` for a
    job that starts when a run of another one has ended: `after` names that one, and `after_outcome` how the run must have ended; or
    `objects` for a job that starts when objects have arrived under `on_arrival` in S3, and nothing else for `quiet_minutes`.

    `misfire` says whether the latest missed slot, all, or none of them are made up for; none that is more than
    `lateness_limit` hours late is. `overlap` says what happens to a slot while a run is in progress: it is skipped, queued, or
    run at the same time. `promised_by` is a time of day, such as 09:00, by which the last slot before it shall have its result;
    where it has none, that is told. A run that fails is retried up to `retries` times, first after `retry_delay` minutes, then
    after twice as long each time. After `pause_after` failures in a row the job is paused; 0 means never. Notifications sent by
    mail also go to `webhook_url`, signed with a secret that only this response contains.
    """

    identifier: Annotated[
        Identifier,
        Control(
            "Identifier",
            "Lowercase letters, digits and hyphens. It must be unique on this site and is part of the cluster's name in AWS.",
            attributes={"placeholder": "daily-active-users"} | NO_AUTOFILL,
        ),
    ]
    description: Annotated[
        str,
        text("Describe in up to {limit:,} characters what the job is for.", LIMITS.description),
        Control(
            "Description",
            "What the job is for. Write it for the person who has to deal with it at 3 a.m.",
            kind="textarea",
            attributes={"rows": 3},
        ),
    ]
    notebook: Annotated[
        Notebook,
        Control(
            "Notebook",
            f"A Jupyter notebook (.ipynb) or a Zeppelin note (.json, .zpln) of up to {megabytes(LIMITS.notebook_bytes)}.",
            kind="file",
            attributes={"accept": ".ipynb,.json,.zpln,application/x-ipynb+json"},
        ),
    ]
    result_visibility: Annotated[
        Visibility,
        choice(Visibility),
        Control(
            "Results",
            "Private: only you, people you share the job with, and the job maintainers. Public: anybody who has the link to a "
            "run can read its results without signing in. Making the job private or deleting it takes all its runs back.",
        ),
    ] = Visibility.PRIVATE
    size: Annotated[
        int,
        whole_number(LIMITS.size, high_key="max_size"),
        Control("Workers", "1 is a single machine, good for testing."),
    ]
    schedule: Annotated[
        Rule,
        Control(
            "Schedule",
            "Daily, weekly and monthly jobs run at the same time of day as their start.",
            kind="choices",
            options=[*options(Interval), (AFTER, "After another job"), (OBJECTS, "When objects arrive")],
        ),
    ]
    after: Annotated[
        Identifier | None,
        Control(
            "After the job",
            "The identifier of a job that you can see. This one starts once for each of its runs, when that has ended with all its "
            "attempts; backfills do not count.",
            optional=True,
            attributes={"placeholder": "load-events"} | NO_AUTOFILL,
        ),
    ] = None
    after_outcome: Annotated[
        AfterOutcome,
        choice(AfterOutcome),
        Control("Start when", "A run that ended longer ago than “Too late after” below starts nothing."),
    ] = AfterOutcome.SUCCESS
    on_arrival: Annotated[
        S3Place | None,
        Control(
            "Objects under",
            "A bucket and what the keys begin with, where your site lets objects start jobs. The notebook gets the keys.",
            optional=True,
            attributes={"placeholder": "s3://bucket/incoming/"} | NO_AUTOFILL,
        ),
    ] = None
    quiet_minutes: Annotated[
        int,
        whole_number(LIMITS.quiet),
        Control(
            "Start after",
            f"One run for all that arrives until nothing has come for this long. {LIMITS.quiet}.",
            unit="quiet minutes",
        ),
    ] = LIMITS.quiet.default
    timezone: Annotated[
        Zone,
        Control(
            "Time zone", "The schedule follows this zone's local time, including daylight saving time.", kind="select"
        ),
    ] = "UTC"
    job_timeout: Annotated[
        int,
        whole_number(LIMITS.job_timeout),
        Control(
            "Timeout",
            f"A run that takes longer is stopped, and you will get a mail. {LIMITS.job_timeout}.",
            unit="hours",
        ),
    ] = LIMITS.job_timeout.default
    misfire: Annotated[
        Misfire,
        choice(Misfire),
        Control(
            "Missed runs",
            "A run is missed when atmo or AWS was down at its time. You will get a mail, and each skipped run is in the "
            "history with the reason.",
        ),
    ] = Misfire.LATEST
    lateness_limit: Annotated[
        int,
        whole_number(LIMITS.lateness),
        Control(
            "Too late after",
            f"A run that could not be started within this time is skipped. {LIMITS.lateness}.",
            unit="hours",
        ),
    ] = LIMITS.lateness.default
    overlap: Annotated[
        Overlap,
        choice(Overlap),
        Control(
            "If the previous run is still running",
            f"Up to {LIMITS.queued_runs} runs can wait, or run at the same time; any beyond that are skipped. "
            "“Run now” follows the same rule.",
        ),
    ] = Overlap.SKIP
    promised_by: Annotated[
        TimeOfDay | None,
        Control(
            "Promised by",
            "A time of day in the time zone above. If the result of the last run due before it is not there by then, for "
            "whatever reason, you will get a mail that says why and when to expect it, and another one when it is there.",
            kind="time",
            optional=True,
        ),
    ] = None
    retries: Annotated[
        int,
        whole_number(LIMITS.retries),
        Control(
            "Retries",
            "With the same notebook and parameters, on a new cluster. You will get a mail after the last attempt. "
            "A run that times out is not retried.",
            kind="choices",
            options=tuple((str(count), times(count).capitalize()) for count in LIMITS.retries),
        ),
    ] = LIMITS.retries.default
    retry_delay: Annotated[
        int,
        whole_number(LIMITS.retry_delay),
        Control(
            "Wait before the first retry", f"Doubled before each further retry. {LIMITS.retry_delay}.", unit="minutes"
        ),
    ] = LIMITS.retry_delay.default
    pause_after: Annotated[
        int,
        whole_number(LIMITS.pause_after),
        Control(
            "Pause the job after",
            "A run counts as failed once all its attempts have failed. "
            f"0 means never; at most {LIMITS.pause_after.high}.",
            unit="failures in a row",
        ),
    ] = LIMITS.pause_after.default
    webhook_url: Annotated[
        WebhookUrl | None,
        Control(
            "Webhook",
            "An address that receives the same notifications as you do by mail, signed with a secret that you create on "
            "the job’s page.",
            optional=True,
            attributes={"placeholder": "https://hooks.example.com/atmo", "autocomplete": "off", "spellcheck": "false"},
        ),
    ] = None
    start_date: Annotated[Moment | None, Control("Start", "In the time zone above.")] = None
    end_date: Annotated[Moment | None, Control("End", "No run starts after this.", optional=True)] = None
    emr_release: Annotated[
        str,
        text("Choose an EMR release.", 50),
        Control("EMR release", "It determines the versions of Spark, Python and Java.", kind="choices"),
    ]
    parameters: Annotated[
        Parameters,
        Control(
            "Parameters",
            "A JSON object. Its values are set after the notebook cell tagged “parameters”, or before the first cell if "
            "there is none.",
            kind="textarea",
            optional=True,
            attributes={"rows": 4, "spellcheck": "false", "placeholder": '{"days": 7}'},
        ),
    ] = Field(default_factory=dict)


class CommittedJob(NewJob):
    """A job as programs send it: perhaps from a repository. `commit` is the commit that it comes from, which stands on each of its
    runs until somebody changes the job without naming one."""

    commit: Annotated[str, Checked(_commit, _COMMIT)] | None = None
