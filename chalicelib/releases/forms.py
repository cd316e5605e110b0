"""What admins fill in about EMR releases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from chalicelib.core.fields import Checked, Form, refuse, text
from chalicelib.core.limits import LIMITS
from chalicelib.jobflows import supported_releases
from chalicelib.site_settings.forms import Address, Switch

_VERSION = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{1,2}")


def _version(value: Any, context: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not _VERSION.fullmatch(value.strip().removeprefix("emr-")):
        refuse("Give the release as three numbers, such as 7.10.0.")
    version = value.strip().removeprefix("emr-")
    if refusal := supported_releases.refuse(version):
        refuse(refusal)
    return version


Version = Annotated[
    str, Checked(_version, {"type": "string", "pattern": f"^(emr-)?{_VERSION.pattern}$", "examples": ["7.10.0"]})
]
Help = Annotated[str, text("Give a help text of up to {limit:,} characters.", LIMITS.help_text)]


class ReleaseChoices(Form):
    """How an EMR release is offered. Without a changelog address, AWS's page about the release is used."""

    changelog_url: Address | None = None
    help_text: Help | None = None
    is_active: Switch = True
    is_experimental: Switch = False
    is_deprecated: Switch = False


class NewRelease(ReleaseChoices):
    """An EMR release to offer."""

    version: Version
