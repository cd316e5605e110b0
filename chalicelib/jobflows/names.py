"""The names of jobflows, by which a launch whose answer was lost is found again."""

from __future__ import annotations

from chalicelib.core.config import Settings

MAX_LENGTH = 256
"""The longest name EMR takes: https://docs.aws.amazon.com/emr/latest/APIReference/API_RunJobFlow.html"""


def jobflow_name(settings: Settings, component: str, username: str, identifier: str) -> str:
    """atmo-<stage>-<component>-<username>-<identifier>, by which a launch whose answer was lost is found again."""
    return f"{settings.name_prefix}{component}-{username}-{identifier}"[:MAX_LENGTH]
