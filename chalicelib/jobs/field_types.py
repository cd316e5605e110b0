"""What the forms about jobs take beside numbers, texts and choices: moments, rules, time zones, parameters, webhooks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from keyword import iskeyword
from typing import Annotated, Any

from chalicelib.core import strict_json
from chalicelib.core.fields import Checked, refuse
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import one_of
from chalicelib.mail.webhooks import rules
from chalicelib.schedules import bursts, promises, schedule
from chalicelib.schedules.schedule import Interval

Context = Mapping[str, Any]
MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")


def _moment(value: Any, context: Context) -> datetime:
    """Times come with an offset, or without one from a form: those are wall times of the job's zone (see `clock.in_utc`)."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        refuse("Give a date and time such as 2027-01-31T06:00, or with an offset such as 2027-01-31T06:00Z.")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        refuse("There is no such date or time. Give one such as 2027-01-31T06:00.")
    if not LIMITS.year.low <= moment.year <= LIMITS.year.high:
        refuse(f"Choose a year from {LIMITS.year}.")
    return moment


def _rule(value: Any, context: Context) -> str:
    if not isinstance(value, str):
        refuse(f"Choose {one_of([*Interval, schedule.AFTER, schedule.OBJECTS])}, or give a cron expression.")
    if refusal := schedule.refuse_rule(value.strip()):
        refuse(refusal)
    return value.strip()


def _place(value: Any, context: Context) -> str:
    address = value.strip() if isinstance(value, str) else ""
    if not bursts.ADDRESS.fullmatch(address) or len(address) > LIMITS.s3_address:
        refuse("Give a bucket and what the keys begin with, such as s3://bucket/incoming/.")
    return address


def _zone(value: Any, context: Context) -> str:
    if not isinstance(value, str) or not schedule.is_zone(value):
        refuse("Choose a time zone by its IANA name, such as UTC or Europe/Berlin.")
    return value


def _time_of_day(value: Any, context: Context) -> str:
    if not isinstance(value, str) or not promises.TIME_OF_DAY.fullmatch(value.strip()):
        refuse("Give a time of day such as 09:00.")
    return value.strip()


def _parameters(value: Any, context: Context) -> dict[str, Any]:
    """An object, or its JSON text from a form."""
    try:
        parameters = strict_json.loads(value if isinstance(value, str) else json.dumps(value))
    except ValueError:
        parameters = None
    if not isinstance(parameters, dict) or not all(name.isidentifier() and not iskeyword(name) for name in parameters):
        refuse('Give the parameters as a JSON object whose names are Python names, such as {"days": 7}.')
    if len(json.dumps(parameters)) > LIMITS.parameters:
        refuse(f"The parameters have more than {LIMITS.parameters:,} characters. Put them in S3.")
    return parameters


def _webhook(value: Any, context: Context) -> str:
    if not isinstance(value, str):
        refuse("Give a web address such as https://hooks.example.com/atmo.")
    if refusal := rules.refuse_url(value.strip(), bool(context.get("private_webhooks"))):
        refuse(refusal)
    return value.strip()


Moment = Annotated[datetime, Checked(_moment, {"type": "string", "format": "date-time"})]
Rule = Annotated[str, Checked(_rule, {"type": "string", "examples": ["daily", "0 6 * * 1-5"]})]
Zone = Annotated[str, Checked(_zone, {"type": "string", "examples": ["UTC", "Europe/Berlin"]})]
TimeOfDay = Annotated[
    str,
    Checked(_time_of_day, {"type": "string", "pattern": f"^{promises.TIME_OF_DAY.pattern}$", "examples": ["09:00"]}),
]
S3Place = Annotated[
    str,
    Checked(
        _place,
        {
            "type": "string",
            "pattern": f"^{bursts.ADDRESS.pattern}$",
            "maxLength": LIMITS.s3_address,
            "examples": ["s3://bucket/incoming/"],
        },
    ),
]
Parameters = Annotated[dict[str, Any], Checked(_parameters, {"type": "object"})]
WebhookUrl = Annotated[str, Checked(_webhook, {"type": "string", "format": "uri", "maxLength": LIMITS.webhook_url})]
