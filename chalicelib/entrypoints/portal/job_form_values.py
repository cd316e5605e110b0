"""The job form as browsers have it: a flat set of texts and a file, to and from the nested input of forms.NewJob. Which fields
there are is declared there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.controls import NO_AUTOFILL, Control, controls
from chalicelib.core.errors import FieldError, Invalid
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import form_value
from chalicelib.jobs.forms import NewJob
from chalicelib.jobs.models import Job
from chalicelib.schedules.schedule import AFTER, OBJECTS, WITHOUT_SLOTS, Interval, is_interval
from chalicelib.web.request import Upload

Texts = Mapping[str, str]

SOURCES = ("upload", "job")
"""Where a notebook may come from that is not in the form itself; in fields such as `notebook_upload`."""
NO_NOTEBOOK = {f"notebook_{part}": "" for part in ("name", *SOURCES, "number")}
CUSTOM = "cron"
"""The choice among the schedules whose rule is typed into the field `cron`."""
FIELDS = tuple(name for name in NewJob.model_fields if name != "notebook")
TYPED = (*FIELDS, CUSTOM, "notebook", *NO_NOTEBOOK)
"""What the form sends. A file field that nothing was chosen for may come as text."""
CONTROLS = controls(NewJob) | {
    CUSTOM: Control(
        "Cron expression",
        "Minute, hour, day of month, month, day of week. 0 6 * * 1-5 means 06:00 from Monday to Friday.",
        attributes={"placeholder": "0 6 * * 1-5"} | NO_AUTOFILL,
        name=CUSTOM,
    )
}
"""Those of the form's fields, and of the one where a schedule is typed."""
EMPTIED = {
    name: NewJob.model_fields[name].get_default(call_default_factory=True) for name in FIELDS if CONTROLS[name].optional
}
"""What fields that may be emptied stand for then."""
FIXED = ("identifier", "schedule")
"""What does not change, or is two fields here."""
POLICIES = ("misfire", "lateness_limit", "overlap")
"""What most people leave as it is; the page folds that part away."""
CLONED = "-copy"
"""What the identifier of a clone ends in."""


def blank(now: datetime, release: str) -> dict[str, str]:
    """The form as it is first shown: with every default, one worker, daily from the next full hour on."""
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    first = {
        "size": LIMITS.size.default,
        "schedule": Interval.DAILY,
        "cron": "",
        "start_date": hour,
        "emr_release": release,
    }
    return {name: as_text(value) for name, value in (_defaults() | first).items()}


def _defaults() -> dict[str, Any]:
    fields = {name: NewJob.model_fields[name] for name in FIELDS}
    return {
        name: None if field.is_required() else field.get_default(call_default_factory=True)
        for name, field in fields.items()
    }


def of_job(job: Job) -> dict[str, str]:
    """The form filled with a job; its times are wall times of its zone."""
    texts = {name: as_text(getattr(job, name), job.timezone) for name in FIELDS}
    is_choice = is_interval(job.schedule) or job.schedule in WITHOUT_SLOTS
    return texts | ({"cron": ""} if is_choice else {"schedule": CUSTOM, "cron": job.schedule})


def as_text(value: Any, zone: str = "UTC") -> str:
    """A value as a form's field holds it; a moment as a wall time of the zone."""
    if isinstance(value, datetime):
        return form_value(value, zone)
    if isinstance(value, dict):
        return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
    if isinstance(value, float):
        value = int(value)
    return "" if value is None else str(value)


def clone(job: Job) -> dict[str, str]:
    """The form of a new job that is like this one but for its identifier, with the same notebook."""
    name = {"identifier": f"{job.identifier[: LIMITS.name - len(CLONED)]}{CLONED}"}
    notebook = {
        "notebook_job": job.id,
        "notebook_number": str(int(job.notebook_number)),
        "notebook_name": job.notebook_name,
    }
    return of_job(job) | name | notebook


def tomorrow(job: Job, now: datetime) -> str:
    """This time tomorrow on the clock of the job's zone, to begin with when it is snoozed."""
    return as_text(now + timedelta(days=1), job.timezone)


def is_usual(typed: Texts) -> bool:
    """Whether the policies are those that most people have."""
    usual = _defaults()
    return all(typed.get(name) == as_text(usual[name]) for name in POLICIES)


def rule(typed: Texts) -> str:
    """The schedule that was chosen, or typed when the choice was to type one."""
    chosen = typed.get("schedule", "")
    return typed.get("cron", "") if chosen == CUSTOM else chosen


def new(typed: Texts, notebook: Upload | None) -> dict[str, Any]:
    """The input of forms.NewJob."""
    texts: dict[str, Any] = {name: _clean(typed.get(name, "")) for name in FIELDS}
    return texts | {"schedule": rule(typed)} | _triggers(typed) | _notebook(typed, notebook)


def changes(typed: Texts, notebook: Upload | None, job: Job) -> dict[str, Any]:
    """The input of forms.EditJob: only what differs from the job, so that an untouched schedule goes on as it was.

    An emptied end date, webhook or emptied parameters take those away. Times are wall times, so another zone moves them too;
    cron expressions do not start from the start date, which then stays.
    """
    before, now = ({name: _clean(value) for name, value in texts.items()} for texts in (of_job(job), typed))
    now |= _triggers(now)
    differing = [name for name in FIELDS if name not in FIXED and now.get(name, before[name]) != before[name]]
    changed: dict[str, Any] = {name: now[name] or EMPTIED.get(name, "") for name in differing}
    if rule(now) != rule(before):
        changed["schedule"] = rule(now)
    if "timezone" in changed and is_interval(rule(now)):
        changed["start_date"] = now.get("start_date", "")
    if "timezone" in changed and now.get("end_date"):
        changed["end_date"] = now["end_date"]
    return changed | _notebook(typed, notebook)


def _triggers(typed: Texts) -> dict[str, str]:
    """The job to start after, and the place where objects arrive; the fields are hidden where another schedule was chosen, and may
    still have text."""
    chosen = rule(typed)
    return {
        name: _clean(typed.get(name, "")) if chosen == schedule else ""
        for name, schedule in (("after", AFTER), ("on_arrival", OBJECTS))
    }


def _clean(value: str) -> str:
    """Browsers send line ends as CR LF."""
    return value.replace("\r\n", "\n").strip()


def _notebook(typed: Texts, upload: Upload | None) -> dict[str, Any]:
    """The file that was chosen, or the one that was uploaded before, or the one of the job that is cloned."""
    if upload:
        return {"notebook": {"name": upload.name, "content": upload.content}}
    source = {part: typed[f"notebook_{part}"] for part in ("name", *SOURCES, "number") if typed.get(f"notebook_{part}")}
    return {"notebook": source} if any(part in source for part in SOURCES) else {}


def refuse_emptied(changed: Mapping[str, Any]) -> None:
    """Raises Invalid for what a job must have and was emptied on its form; the API's clients would leave it out."""
    if emptied := [FieldError(name, "This field is required.") for name, value in changed.items() if value == ""]:
        raise Invalid(emptied)


def at_fields(errors: Mapping[str, str], typed: Texts) -> dict[str, str]:
    """The refusals at the fields of the page: what concerns the inside of the notebook at the file, and a schedule that
    was typed where it was typed."""
    at: dict[str, str] = {}
    for name, message in errors.items():
        at.setdefault(name.partition(".")[0], message)
    if "schedule" in at and typed.get("schedule") == CUSTOM:
        at["cron"] = at.pop("schedule")
    return at
