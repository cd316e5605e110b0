"""Read and change the budgets that admins have decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from chalicelib.budgets import rules
from chalicelib.budgets.caps import Cap
from chalicelib.budgets.rules import Budget, Policy
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import Key, find
from chalicelib.core.versions import Check, last_write_wins
from chalicelib.identity.person import Person
from chalicelib.site_settings import replacement
from chalicelib.site_settings.models import Setting

NAME = "budgets"
KEY: Key = (Setting, NAME)
"""The record, for pages that read several in one call."""


def read() -> tuple[Policy, Setting | None]:
    """The budgets as last saved, and the record that says by whom and when (None while there are none)."""
    stored = find(Setting, NAME)
    return (of_value(stored.value) if stored else Policy()), stored


def of_value(value: Mapping[str, Any]) -> Policy:
    """The budgets of an object with `site`, `everybody`, `groups`, `people`, `jobs`, `cluster` and `run`."""
    named = {
        part: {name: Budget(**one) for name, one in value.get(part, {}).items()}
        for part in ("groups", "people", "jobs")
    }
    site, everybody = (Budget(**one) if (one := value.get(part)) else None for part in ("site", "everybody"))
    cluster, run = (Cap(**one) if (one := value.get(part)) else None for part in ("cluster", "run"))
    return Policy(site, everybody, **named, cluster=cluster, run=run)


def change(
    person: Person, make: Callable[[Policy], Policy], note: str, now: datetime, check: Check = last_write_wins
) -> tuple[Policy, Setting]:
    """Replace all budgets by what `make` makes of those that are stored; returns them and their record. The `note` goes onto the
    audit trail. `check` gets what `read` returns.

    Raises:
        Invalid: somebody may spend more, and there is no note that says why.
        Conflict: others keep changing them. So does `check`.
    """

    def made(before: Policy) -> Policy:
        after = make(before)
        if not note and rules.raised(before, after):
            raise Invalid.field("note", "A budget is raised or removed: say why.")
        return after

    return replacement.replace(NAME, NAME, read, made, person, now, check, note)
