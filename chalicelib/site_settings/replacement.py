"""Replacing one named set of choices, so that of several who do it at the same moment nobody undoes what they have not seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from chalicelib.audit import changes
from chalicelib.audit.context import Effect
from chalicelib.core import clock
from chalicelib.core.errors import Conflict
from chalicelib.core.versions import Check
from chalicelib.identity.person import Person
from chalicelib.site_settings.models import Setting, history_after, unchanged_since

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    ChoicesT = TypeVar("ChoicesT", bound=DataclassInstance)

MAX_ATTEMPTS = 5
"""How often a change is tried anew when somebody else's came first."""


def replace(
    name: str,
    label: str,
    read: Callable[[], tuple[ChoicesT, Setting | None]],
    make: Callable[[ChoicesT], ChoicesT],
    person: Person,
    now: datetime,
    check: Check,
    note: str = "",
) -> tuple[ChoicesT, Setting]:
    """Replace the choices of this name by what `make` makes of those that are stored; returns them and their record. The trail
    calls them `label`, if that says something, and has the `note` why. `check` gets what `read` returns.

    Raises:
        Conflict: others keep changing them. So does `check`.
    """
    for _ in range(MAX_ATTEMPTS):
        earlier, stored = read()
        check(earlier, stored)
        choices = make(earlier)
        before, after = asdict(earlier), asdict(choices)
        history = history_after(stored, before, after, person.username, clock.text(now))
        new = Setting(name, value=after, changed_by=person.username, changed_at=now, history=history)
        names = tuple(each for each, value in after.items() if value != before[each])
        what = f"{label}: " if label else ""
        summary = f"Changed {what}{', '.join(names) or 'nothing'}.{f' {note}' if note else ''}"
        effect = Effect("settings", name, label, summary, names)
        if changes.save(new, effect, unchanged_since(stored)):
            return choices, new
    raise Conflict(
        f"The {label or 'settings'} are being changed by somebody else. Look at them, then repeat your change."
    )
