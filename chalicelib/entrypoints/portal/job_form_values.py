"""The job form as browsers have it: a flat set of texts and a file, to and from the nested input of forms.NewJob."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from chalicelib.core import clock
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.fields import Form, read
from chalicelib.core.limits import LIMITS
from chalicelib.jobs.fields import Moment, Rule, Zone
from chalicelib.jobs.models import Job, Visibility
from chalicelib.schedules.policies import Misfire, Overlap
from chalicelib.schedules.schedule import Interval, Schedule, is_interval
from chalicelib.schedules.slots import before_first
from chalicelib.web.request import Upload

Texts = Mapping[str, str]

SOURCES = ("upload", "job")
"""Where a notebook may come from that is not in the form itself; in fields such as `notebook_upload`."""
NO_NOTEBOOK = {f"notebook_{part}": "" for part in ("name", *SOURCES, "number")}
CUSTOM = "cron"
"""The choice among the schedules whose rule is typed into the field `cron`."""
POLICIES = ("misfire", "lateness_limit", "overlap", "retries", "retry_delay", "pause_after")
PLAIN = ("description", "result_visibility", "size", "timezone", "job_timeout", "start_date", "emr_release", *POLICIES)
CLONED = "-copy"
"""What the identifier of a clone ends in."""
WALL_TIME = "%Y-%m-%dT%H:%M"
"""How browsers write a date and time without a zone."""
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


class Timing(Form):
    """The part of the form that says when a job runs."""

    schedule: Rule
    timezone: Zone = "UTC"
    start_date: Moment | None = None
    end_date: Moment | None = None


def blank(now: datetime, release: str) -> dict[str, str]:
    """The form as it is first shown: private, one worker, daily from the next full hour on."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return {
        "identifier": "", "description": "", "result_visibility": Visibility.PRIVATE, "size": str(LIMITS.size.default),
        "schedule": Interval.DAILY, "cron": "", "timezone": "UTC", "job_timeout": str(LIMITS.job_timeout.default),
        "start_date": hour.strftime(WALL_TIME), "end_date": "", "emr_release": release, "parameters": "",
        "misfire": Misfire.LATEST, "lateness_limit": str(LIMITS.lateness.default), "overlap": Overlap.SKIP,
        "retries": str(LIMITS.retries.default), "retry_delay": str(LIMITS.retry_delay.default),
        "pause_after": str(LIMITS.pause_after.default), "webhook_url": "",
    }  # fmt: skip


def of_job(job: Job) -> dict[str, str]:
    """The form filled with a job; its times are wall times of its zone."""
    custom = not is_interval(job.schedule)
    return {
        "identifier": job.identifier,
        "description": job.description,
        "result_visibility": job.result_visibility,
        "size": str(int(job.size)),
        "schedule": CUSTOM if custom else job.schedule,
        "cron": job.schedule if custom else "",
        "timezone": job.timezone,
        "job_timeout": str(int(job.job_timeout)),
        "start_date": _wall(job.start_date, job.timezone),
        "end_date": _wall(job.end_date, job.timezone) if job.end_date else "",
        "emr_release": job.emr_release,
        "misfire": job.misfire,
        "lateness_limit": str(int(job.lateness_limit)),
        "overlap": job.overlap,
        "retries": str(int(job.retries)),
        "retry_delay": str(int(job.retry_delay)),
        "pause_after": str(int(job.pause_after)),
        "webhook_url": job.webhook_url or "",
        "parameters": json.dumps(job.parameters, indent=2, ensure_ascii=False) if job.parameters else "",
    }


def clone(job: Job) -> dict[str, str]:
    """The form of a new job that is like this one but for its identifier, with the same notebook."""
    name = {"identifier": f"{job.identifier[: LIMITS.name - len(CLONED)]}{CLONED}"}
    notebook = {
        "notebook_job": job.id,
        "notebook_number": str(int(job.notebook_number)),
        "notebook_name": job.notebook_name,
    }
    return of_job(job) | name | notebook


def _wall(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime(WALL_TIME)


def tomorrow(job: Job, now: datetime) -> str:
    """This time tomorrow on the clock of the job's zone, to begin with when it is snoozed."""
    return _wall(now + timedelta(days=1), job.timezone)


def rule(typed: Texts) -> str:
    """The schedule that was chosen, or typed when the choice was to type one."""
    chosen = typed.get("schedule", "")
    return typed.get("cron", "") if chosen == CUSTOM else chosen


def new(typed: Texts, notebook: Upload | None) -> dict[str, Any]:
    """The input of forms.NewJob."""
    names = ("identifier", *PLAIN, "end_date", "parameters", "webhook_url")
    given: dict[str, Any] = {name: _text(typed.get(name, "")) for name in names}
    given["schedule"] = rule(typed)
    return given | _notebook(typed, notebook)


def changes(typed: Texts, notebook: Upload | None, job: Job) -> dict[str, Any]:
    """The input of forms.EditJob: only what differs from the job, so that an untouched schedule goes on as it was.

    An emptied end date, webhook or emptied parameters take those away. Times are wall times, so another zone moves them too;
    cron expressions do not start from the start date, which then stays.
    """
    before, now = ({name: _text(value) for name, value in texts.items()} for texts in (of_job(job), typed))
    given: dict[str, Any] = {name: now[name] for name in PLAIN if name in now and now[name] != before[name]}
    if rule(now) != rule(before):
        given["schedule"] = rule(now)
    if "timezone" in given and is_interval(rule(now)):
        given["start_date"] = now.get("start_date", "")
    if now.get("end_date", before["end_date"]) != before["end_date"] or ("timezone" in given and now.get("end_date")):
        given["end_date"] = now["end_date"] or None
    if now.get("parameters", before["parameters"]) != before["parameters"]:
        given["parameters"] = now["parameters"] or {}
    if now.get("webhook_url", before["webhook_url"]) != before["webhook_url"]:
        given["webhook_url"] = now["webhook_url"] or None
    return given | _notebook(typed, notebook)


def _text(value: str) -> str:
    """Browsers send line ends as CR LF."""
    return value.replace("\r\n", "\n").strip()


def _notebook(typed: Texts, upload: Upload | None) -> dict[str, Any]:
    """The file that was chosen, or the one that was uploaded before, or the one of the job that is cloned."""
    if upload:
        return {"notebook": {"name": upload.name, "content": upload.content}}
    given = {part: typed[f"notebook_{part}"] for part in ("name", *SOURCES, "number") if typed.get(f"notebook_{part}")}
    return {"notebook": given} if any(part in given for part in SOURCES) else {}


def refuse_emptied(given: Mapping[str, Any]) -> None:
    """Raises Invalid for what a job must have and was emptied on its form; the API's clients would leave it out."""
    if emptied := [FieldError(name, "This field is required.") for name, value in given.items() if value == ""]:
        raise Invalid(emptied)


def preview(typed: Texts, now: datetime) -> list[datetime]:
    """The first five slots of the schedule that was typed so far.

    Raises:
        Invalid: it is not a schedule yet.
    """
    given = {name: typed.get(name, "") for name in ("timezone", "start_date", "end_date")}
    form = read(Timing, given | {"schedule": rule(typed)})
    start = clock.in_utc(form.start_date, form.timezone) if form.start_date else now
    end = clock.in_utc(form.end_date, form.timezone) if form.end_date else None
    timing = Schedule(form.schedule, form.timezone, start, end)
    return timing.preview(before_first(timing, now))


def at_fields(errors: Mapping[str, str], typed: Texts) -> dict[str, str]:
    """The refusals at the fields of the page: what concerns the inside of the notebook at the file, and a schedule that
    was typed where it was typed."""
    found: dict[str, str] = {}
    for name, message in errors.items():
        found.setdefault(name.partition(".")[0], message)
    if "schedule" in found and typed.get("schedule") == CUSTOM:
        found["cron"] = found.pop("schedule")
    return found


@cache
def zones() -> list[str]:
    """The time zones to choose from; the many old aliases are left out."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in _REGIONS)
    return ["UTC", *names]
