"""What admins may decide for the whole site, as a form and the API take it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.core.config import settings
from chalicelib.core.fields import Checked, Form, refuse, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.schedules import bursts
from chalicelib.site_settings.settings import SiteSettings
from chalicelib.site_settings.tags import refuse_tag

_TYPE = re.compile(r"[a-z][a-z0-9-]{1,19}\.[a-z0-9-]{2,19}")
_SCRIPT = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[!-~]{1,900} [0-9a-f]{64}")
_SCRIPT_SENTENCE = (
    "Write one script on each line: its S3 address and, after a blank, its SHA-256 as 64 small hexadecimal digits, as "
    "sha256sum prints it."
)
_PLACE_SENTENCE = "Write one place on each line: a bucket and what the keys begin with, such as s3://bucket/incoming/."
_FILE_SYSTEM = re.compile(r"fs-[0-9a-f]{8,40}")
_BASTION = re.compile(r"([a-z_][a-z0-9_.-]{0,31}@)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
_ADDRESS = re.compile(r"""https://[^\s"'<>\\]{3,490}""")
_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,185}[A-Za-z0-9])?\.[A-Za-z]{2,63}")
_TRUE, _FALSE = (True, "on", "true", "yes"), (False, "off", "false", "no")


def _switch(value: Any, context: Mapping[str, Any]) -> bool:
    if not isinstance(value, bool | str) or value not in _TRUE + _FALSE:
        refuse("Choose yes or no.")
    return value in _TRUE


def _types(value: Any, context: Mapping[str, Any]) -> list[str]:
    """A list, or one text with blanks or commas between."""
    names = re.split(r"[\s,]+", value.strip()) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(one, str) and _TYPE.fullmatch(one) for one in names):
        refuse("Name instance types such as m5.xlarge, separated by spaces or commas.")
    if len(names) > LIMITS.instance_types:
        refuse(f"Name up to {LIMITS.instance_types} instance types; EMR takes no more.")
    return list(dict.fromkeys(names))


def _file_system(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not _FILE_SYSTEM.fullmatch(value.strip()):
        refuse("Give the id of an EFS file system, such as fs-0123456789abcdef0.")
    return value.strip()


def _host(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not _BASTION.fullmatch(value.strip()):
        refuse("Give the bastion as SSH takes it, such as ec2-user@bastion.example.com, with :2222 for another port.")
    return value.strip()


def _tags(value: Any, context: Mapping[str, Any]) -> dict[str, str]:
    """An object, or one text with a tag on each line: `CostCentre=4711`."""
    tags = _pairs(value) if isinstance(value, str) else value
    if not isinstance(tags, dict) or not all(isinstance(one, str) for one in [*tags, *tags.values()]):
        refuse("Write one tag on each line, such as CostCentre=4711.")
    if len(tags) > LIMITS.cost_tags:
        refuse(f"Name up to {LIMITS.cost_tags} tags; EMR takes 50 with atmo's own.")
    for key, text_value in tags.items():
        if refusal := refuse_tag(key, text_value):
            refuse(refusal)
    return dict(tags)


def _pairs(value: str) -> dict[str, str] | None:
    """None when a line is no tag, or a key comes twice."""
    lines = [line.strip() for line in value.splitlines() if line.strip()]
    pairs = [(key.strip(), text_value.strip()) for key, _, text_value in (line.partition("=") for line in lines)]
    return dict(pairs) if all("=" in line for line in lines) and len(dict(pairs)) == len(lines) else None


def _scripts(value: Any, context: Mapping[str, Any]) -> list[str]:
    """A list, or one text with a script on each line."""
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        refuse(_SCRIPT_SENTENCE)
    scripts = [" ".join(line.split()) for line in lines if line.strip()]
    if not all(_SCRIPT.fullmatch(one) for one in scripts):
        refuse(_SCRIPT_SENTENCE)
    if len(scripts) > LIMITS.site_scripts:
        refuse(f"Name up to {LIMITS.site_scripts} scripts; EMR takes 16 bootstrap actions of a cluster.")
    return scripts


def _places(value: Any, context: Mapping[str, Any]) -> list[str]:
    """A list, or one text with a place on each line."""
    lines = value.splitlines() if isinstance(value, str) else value
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        refuse(_PLACE_SENTENCE)
    places = list(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not all(bursts.ADDRESS.fullmatch(one) and len(one) <= LIMITS.s3_address for one in places):
        refuse(_PLACE_SENTENCE)
    if len(places) > LIMITS.arrival_places:
        refuse(f"Name up to {LIMITS.arrival_places} places.")
    followed = settings()
    for bucket in (bursts.bucket_and_prefix(one)[0] for one in places):
        if bucket in followed.own_buckets:
            refuse(f"atmo keeps notebooks, results and logs in {bucket}: jobs would start themselves.")
        if bucket not in followed.arrival_buckets:
            refuse(f"This deployment hears of no objects in {bucket}: deploy again with its name in ArrivalBuckets.")
    return places


def _address(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not _ADDRESS.fullmatch(value.strip()):
        refuse("Give an address that begins with https://.")
    return value.strip()


def _mail_address(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not _MAIL_ADDRESS.fullmatch(value.strip()):
        refuse("Give one mail address, such as data-team@example.com.")
    return value.strip()


Switch = Annotated[bool, Checked(_switch, {"type": "boolean"})]
_LIST = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{_TYPE.pattern}$"},
    "maxItems": LIMITS.instance_types,
}
_ONE_TEXT = {"type": "string", "description": "The same as one string, separated by spaces or commas."}
Types = Annotated[list[str], Checked(_types, {"anyOf": [_LIST, _ONE_TEXT]})]
FileSystem = Annotated[str, Checked(_file_system, {"type": "string", "pattern": f"^{_FILE_SYSTEM.pattern}$"})]
Bastion = Annotated[str, Checked(_host, {"type": "string", "pattern": f"^{_BASTION.pattern}$"})]


_TAG_LIST = {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": LIMITS.cost_tags}
CostTags = Annotated[
    dict[str, str], Checked(_tags, {"anyOf": [_TAG_LIST, {"type": "string", "description": "One on each line."}]})
]
_SCRIPT_LIST = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{_SCRIPT.pattern}$"},
    "maxItems": LIMITS.site_scripts,
}
Scripts = Annotated[
    list[str], Checked(_scripts, {"anyOf": [_SCRIPT_LIST, {"type": "string", "description": "One on each line."}]})
]
_PLACE_LIST = {
    "type": "array",
    "items": {"type": "string", "pattern": f"^{bursts.ADDRESS.pattern}$"},
    "maxItems": LIMITS.arrival_places,
}
Places = Annotated[
    list[str], Checked(_places, {"anyOf": [_PLACE_LIST, {"type": "string", "description": "One on each line."}]})
]
Address = Annotated[
    str,
    Checked(
        _address, {"type": "string", "pattern": f"^{_ADDRESS.pattern}$", "examples": ["https://wiki.example.com/atmo"]}
    ),
]
MailAddress = Annotated[
    str, Checked(_mail_address, {"type": "string", "format": "email", "pattern": f"^{_MAIL_ADDRESS.pattern}$"})
]
FreezeReason = Annotated[
    str, text("Say in up to {limit:,} characters why nothing can be started now.", LIMITS.freeze_reason)
]


_DEFAULT = SiteSettings()


class SiteSettingsForm(Form):
    """All settings of the site; what is left out gets its default."""

    idle_minutes: Annotated[int, whole_number(LIMITS.idle)] = _DEFAULT.idle_minutes
    spot: Switch = _DEFAULT.spot
    spot_price: Annotated[int, whole_number(LIMITS.spot_price)] = _DEFAULT.spot_price
    spot_timeout: Annotated[int, whole_number(LIMITS.spot_timeout)] = _DEFAULT.spot_timeout
    worker_types: Types = _DEFAULT.worker_types
    task_size: Annotated[int, whole_number(LIMITS.task_nodes)] = _DEFAULT.task_size
    efs: FileSystem | None = _DEFAULT.efs
    bastion: Bastion | None = _DEFAULT.bastion

    cost_tags: CostTags = _DEFAULT.cost_tags
    scripts: Scripts = _DEFAULT.scripts
    arrival_places: Places = _DEFAULT.arrival_places
    help_url: Address | None = _DEFAULT.help_url
    team_mail: MailAddress | None = _DEFAULT.team_mail
    frozen: Switch = _DEFAULT.frozen
    freeze_reason: FreezeReason | None = _DEFAULT.freeze_reason

    def settings(self) -> SiteSettings:
        return SiteSettings(**self.model_dump())
