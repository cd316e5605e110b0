"""The names of jobflows, by which a launch whose answer was lost is found again."""

from __future__ import annotations

import hashlib

from chalicelib.core.config import Settings

MAX_LENGTH = 256
"""The longest name EMR takes: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html"""


MAX_FIRST_LENGTH = MAX_LENGTH - len("-99")
"""What leaves room for the number of a further attempt."""


def jobflow_name(settings: Settings, component: str, username: str, identifier: str, record_id: str) -> str:
    """atmo-<stage>-<component>-<username>-<identifier>; where that is too long, cut, with a mark of the record at its end."""
    name = f"{settings.name_prefix}{component}-{username}-{identifier}"
    if len(name) <= MAX_FIRST_LENGTH:
        return name
    mark = hashlib.sha256(record_id.encode()).hexdigest()[:12]
    return f"{name[: MAX_FIRST_LENGTH - len(mark) - 1]}-{mark}"


def attempt_name(first: str, number: int) -> str:
    """The name of a further attempt at what had this name first."""
    return f"{first}-{number}"
