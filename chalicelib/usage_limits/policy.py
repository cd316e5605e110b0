"""Read and change the limits that admins have decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict
from chalicelib.core.tables import find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.identity.person import Person
from chalicelib.site_settings.models import Setting, history_after, unchanged_since
from chalicelib.usage_limits.rules import DEFAULT, Policy

NAME = "limits"
MAX_ATTEMPTS = 5
"""How often a change is tried anew when somebody else's came first."""


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
    for _ in range(MAX_ATTEMPTS):
        earlier, stored = read()
        check(earlier, stored)
        policy = make(earlier)
        before, after = asdict(earlier), asdict(policy)
        history = history_after(stored, before, after, person.username, clock.text(now))
        new = Setting(NAME, value=after, changed_by=person.username, changed_at=now, history=history)
        names = tuple(name for name, value in after.items() if value != before[name])
        effect = Effect("settings", NAME, "limits", f"Changed limits: {', '.join(names) or 'nothing'}.", names)
        if changes.save(new, effect, unchanged_since(stored)):
            return policy, new
    raise Conflict("The limits are being changed by somebody else. Look at them, then repeat your change.")
