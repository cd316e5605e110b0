"""Choices for several people, groups or jobs, each by its name, in one record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.fields import refuse
from chalicelib.core.limits import LIMITS

MAX_NAMES = 500
"""How many names fit into one record."""


def by_name(value: Any, what: str) -> Mapping[str, Any]:
    """The value as it was sent, if it is an object by names; `what` is what each name has, such as "limits"."""
    if not isinstance(value, Mapping) or len(value) > MAX_NAMES:
        refuse(f"Give an object with up to {MAX_NAMES} names, and the {what} of each.")
    for name in value:
        if not isinstance(name, str) or not 1 <= len(name) <= LIMITS.owner_name:
            refuse(f"Names have 1 to {LIMITS.owner_name} characters.")
    return value
