"""Operators' commands about budgets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chalicelib.budgets import policy, reservations, rules
from chalicelib.budgets.rules import Policy
from chalicelib.budgets.schemas import budgets_record
from chalicelib.entrypoints.operator import forms
from chalicelib.entrypoints.operator.registry import Call, command
from chalicelib.ownership import budget_holders
from chalicelib.site_settings.models import Setting


@command("budgets.show", "budget.view", form="MaybePerson")
def show(call: Call, form: forms.MaybePerson) -> dict[str, Any]:
    """Show all budgets; with a person, how much of theirs is spent or reserved this month."""
    return _record(call, form.person or "", *policy.read())


@command(
    "budgets.change", "budget.change", form="BudgetsForm", again=lambda call, form, _: _record(call, "", *policy.read())
)
def change(call: Call, form: forms.BudgetsForm) -> dict[str, Any]:
    """Change budgets: `site`, `everybody`, `groups`, `people`, `jobs`, or what a single `cluster` or `run` may cost. Any that are
    left out stay as they are. Raising or removing one takes a `note`."""

    def changed(before: Policy) -> Policy:
        changes = {name: getattr(form, name) for name in form.model_fields_set if name != "note"}
        return policy.of_value(asdict(before) | changes)

    return _record(call, "", *budget_holders.change(call.person, changed, form.note or "", call.now))


def _record(call: Call, person: str, decided: Policy, stored: Setting | None) -> dict[str, Any]:
    month = rules.month_of(call.now)
    own = reservations.read(reservations.applying(person), month)
    return budgets_record(month, own, decided, stored)
