"""Read and change the limits that admins have decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chalicelib.core.tables import find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.identity.person import Person
from chalicelib.site_settings import replacement
from chalicelib.site_settings.models import Setting
from chalicelib.usage_limits.rules import DEFAULT, Policy

NAME = "limits"


def read() -> tuple[Policy, Setting | None]:
    """The limits as last saved, and the record that says by whom and when (None while nobody has changed any)."""
    stored = find(Setting, NAME)
    if stored is None:
        return Policy(), None
    value = stored.value
    return Policy(DEFAULT | value.get("default", {}), value.get("groups", {}), value.get("people", {})), stored


def change(
    person: Person, make: Callable[[Policy], Policy], now: datetime, check: Check = last_write_wins
) -> tuple[Policy, Setting]:
    """Replace all limits by what `make` makes of those that are stored; returns them and their record. Whoever has more than they
    may have keeps it, and gets no more. `check` gets what `read` returns.

    Raises:
        Conflict: others keep changing them. So does `check`.
    """
    return replacement.replace(NAME, NAME, read, make, person, now, check)
