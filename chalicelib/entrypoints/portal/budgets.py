"""The page on which admins see and decide budgets."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.budgets import policy, reservations, rules
from chalicelib.budgets.forms import CAPPED, AtEnd, Subject, SubjectBudget, subjects_budget
from chalicelib.budgets.models import BudgetScope
from chalicelib.budgets.rules import Policy
from chalicelib.core.choices import options
from chalicelib.core.fields import read
from chalicelib.core.reading import read_together
from chalicelib.core.versions import version_of
from chalicelib.ownership import budget_holders
from chalicelib.site_settings.models import Setting
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import OUTDATED, FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

BLANK: dict[str, Any] = {"subject": Subject.PERSON, "name": "", "note": ""} | SubjectBudget.filled(None)
HAS_ONE = (
    "There is such a budget already. What is stored now stands at each field that differs from yours. Adopt what you want to keep "
    "of it, then send the form again: what it says then is stored."
)


@routes.page("/admin/budgets", "budget.view", query=("subject", "name"))
def page(request: Request) -> Response:
    """All budgets, with how much of each is used this month; one of them in the form, where the address names it."""
    subject, name = request.query.get("subject", ""), request.query.get("name", "")
    subject = subject if subject in set(Subject) else Subject.PERSON
    stored = subjects_budget(policy.read()[0], subject, name)
    return _page(request, FormState.filled(SubjectBudget.filled(stored), subject=subject, name=name, note=""))


@routes.page("/admin/budgets/change", "budget.change", methods=("POST",), fields=None)
def change(request: Request) -> Response:
    """Give, change or remove one budget; what was typed stays where it is refused."""
    form_state = FormState.from_request(request, **BLANK)
    was_empty = form_state.version == version_of(SubjectBudget.filled(None))
    with form_state.collect_errors(keep=True):
        form = read(SubjectBudget, form_state.values)
        check = form_state.check(partial(_shown, form), HAS_ONE if was_empty else OUTDATED)
        budget_holders.change(request.user, form.changed, form.note or "", request.now, check, field="name")
        return go(request, "admin", "budgets")
    return _page(request, form_state)


def _shown(form: SubjectBudget, now: Policy, stored: Setting | None) -> dict[str, Any]:
    """What the form shows of the budget that it is about."""
    return SubjectBudget.filled(subjects_budget(now, form.subject, form.own_name))


def _page(request: Request, form_state: FormState) -> Response:
    decided, stored = policy.read()
    month, budgets = rules.month_of(request.now), _every(decided)
    read_together(reservations.keys(budgets, month))
    return show(
        request,
        "costs/budgets.html",
        form_state.status,
        month=month,
        everybody=decided.everybody,
        capped={what: cap for what in CAPPED if (cap := getattr(decided, what))},
        accounts=reservations.read(budgets, month),
        stored=stored,
        scope_of=rules.scope_of,
        title=rules.title,
        total=rules.total,
        percent=rules.percent,
        subjects=options(Subject),
        at_end=options(AtEnd),
        form_state=form_state,
    )


def _every(decided: Policy) -> dict[str, rules.Budget]:
    """Those that are somebody's or something's own, by their key."""
    named = {rules.SITE: decided.site} if decided.site else {}
    named |= {rules.key_of(BudgetScope.GROUP, name): one for name, one in decided.groups.items()}
    named |= {rules.key_of(BudgetScope.PERSON, name): one for name, one in decided.people.items()}
    return named | {rules.key_of(BudgetScope.JOB, name): one for name, one in decided.jobs.items()}
