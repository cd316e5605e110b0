"""The page on which admins see and decide budgets."""

from __future__ import annotations

from typing import Any

from chalice.app import Response

from chalicelib.budgets import policy, reservations, rules
from chalicelib.budgets.forms import USUAL, AtEnd, Subject, SubjectBudget
from chalicelib.budgets.models import BudgetScope
from chalicelib.budgets.rules import Policy
from chalicelib.core.choices import options
from chalicelib.core.fields import read
from chalicelib.core.reading import read_together
from chalicelib.web.blueprint import PortalRoutes
from chalicelib.web.form_state import FormState
from chalicelib.web.pages import go, show
from chalicelib.web.request import Request

routes = PortalRoutes(__name__)

BLANK: dict[str, Any] = {
    "subject": Subject.PERSON, "name": "", "amount": "", "tell_at": USUAL.tell_at, "refuse_at": USUAL.refuse_at,
    "at_end": AtEnd.FINISH, "note": "",
}  # fmt: skip


@routes.page("/admin/budgets", "budget.view")
def page(request: Request) -> Response:
    """All budgets, with how much of each is used this month."""
    return _page(request, FormState.blank(**BLANK))


@routes.page("/admin/budgets/change", "budget.change", methods=("POST",), fields=None)
def change(request: Request) -> Response:
    """Give, change or remove one budget; what was typed stays where it is refused."""
    form_state = FormState.from_request(request, **BLANK)
    with form_state.collect_errors(keep=True):
        form = read(SubjectBudget, form_state.values)
        policy.change(request.user, form.changed, form.note or "", request.now)
        return go(request, "admin", "budgets")
    return _page(request, form_state)


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
        accounts=reservations.read(budgets, month),
        stored=stored,
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
    named |= {rules.key_of(BudgetScope.PERSON, name): one for name, one in decided.people.items()}
    return named | {rules.key_of(BudgetScope.JOB, name): one for name, one in decided.jobs.items()}
