"""What admins may decide for the whole site, as a form and the API take it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.core.fields import Checked, Form, refuse, text, whole_number
from chalicelib.core.limits import LIMITS
from chalicelib.site_settings.settings import SiteSettings

_TYPE = re.compile(r"[a-z][a-z0-9-]{1,19}\.[a-z0-9-]{2,19}")
_FILE_SYSTEM = re.compile(r"fs-[0-9a-f]{8,40}")
_BASTION = re.compile(r"([a-z_][a-z0-9_.-]{0,31}@)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
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
FreezeReason = Annotated[
    str, text("Say in up to {limit:,} characters why nothing can be started now.", LIMITS.freeze_reason)
]


_DEFAULT = SiteSettings()


class SiteSettingsForm(Form):
    """All settings of the site; what is left out gets its default."""

    spot: Switch = _DEFAULT.spot
    spot_price: Annotated[int, whole_number(LIMITS.spot_price)] = _DEFAULT.spot_price
    spot_timeout: Annotated[int, whole_number(LIMITS.spot_timeout)] = _DEFAULT.spot_timeout
    worker_types: Types = _DEFAULT.worker_types
    task_size: Annotated[int, whole_number(LIMITS.task_nodes)] = _DEFAULT.task_size
    efs: FileSystem | None = _DEFAULT.efs
    bastion: Bastion | None = _DEFAULT.bastion
    frozen: Switch = _DEFAULT.frozen
    freeze_reason: FreezeReason | None = _DEFAULT.freeze_reason

    def settings(self) -> SiteSettings:
        return SiteSettings(**self.model_dump())
