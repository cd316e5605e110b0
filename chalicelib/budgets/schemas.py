"""How the API represents budgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from chalicelib.budgets import rules
from chalicelib.budgets.models import BudgetScope
from chalicelib.budgets.reservations import Account
from chalicelib.budgets.rules import Policy
from chalicelib.core.schemas import AMOUNT, OBJECT, TEXT, TIME, TRUTH, WHOLE, Record, many, maybe, one_of
from chalicelib.costs.schemas import CURRENCY, amount_text
from chalicelib.site_settings.models import Setting
from chalicelib.site_settings.schemas import changes_of

_CHANGE = Record("BudgetsChange", by=TEXT, at=TIME, changes=OBJECT)
BUDGET = Record(
    "MonthBudget", scope=one_of(BudgetScope), name=TEXT, amount=AMOUNT, used=AMOUNT, percent=WHOLE, tell_at=WHOLE, refuse_at=WHOLE,
    hard=TRUTH,
)  # fmt: skip
BUDGETS = Record(
    "Budgets", month=TEXT, currency=TEXT, own=many(BUDGET), site=maybe(OBJECT), everybody=maybe(OBJECT), groups=maybe(OBJECT),
    people=maybe(OBJECT), jobs=maybe(OBJECT), cluster=maybe(OBJECT), run=maybe(OBJECT),
    changed_by=maybe(TEXT), changed_at=maybe(TIME), history=many(_CHANGE),
)  # fmt: skip
_OF_OTHERS: dict[str, Any] = dict.fromkeys(("site", "everybody", "groups", "people", "jobs", "cluster", "run"))


def budgets_record(month: str, own: Iterable[Account], policy: Policy | None, stored: Setting | None) -> dict[str, Any]:
    """A person's budgets of a month, with what is used of each: spent or reserved. For admins, who have the `policy`, also what is
    decided for all, by whom and when that was last changed, and the changes before that."""
    return BUDGETS.of(
        month=month,
        currency=CURRENCY,
        own=[_budget(one) for one in own],
        **(asdict(policy) if policy else _OF_OTHERS),
        **changes_of(stored if policy else None),
    )


def _budget(one: Account) -> dict[str, Any]:
    scope, name = rules.scope_of(one.key)
    decided = asdict(one.budget) | {"amount": amount_text(rules.total([one.budget.micros]))}
    used, percent = amount_text(rules.total([one.committed])), rules.percent(one.budget, one.committed)
    return BUDGET.of(scope=scope, name=name, used=used, percent=percent, **decided)
