"""Budgets over the API: one's own, and what admins decide."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalice.app import Response

from chalicelib.budgets import policy, reservations, rules
from chalicelib.budgets.forms import BudgetsForm
from chalicelib.budgets.rules import Policy
from chalicelib.budgets.schemas import BUDGETS, budgets_record
from chalicelib.core.fields import read
from chalicelib.identity import permissions
from chalicelib.ownership import budget_holders
from chalicelib.site_settings.models import Setting
from chalicelib.web import responses
from chalicelib.web.blueprint import ApiRoutes
from chalicelib.web.etags import if_match
from chalicelib.web.request import Request

routes = ApiRoutes(__name__)


@routes.endpoint("/budgets", "own.look", gives=BUDGETS)
def get(request: Request) -> Response:
    """Your month's budgets, and how much of each is spent or reserved; for admins also all budgets of the site."""
    decided, stored = policy.read()
    may_see_all = permissions.allows("budget.view", permissions.roles_of(request.user))
    return responses.as_json(_record(request, decided, stored, may_see_all))


@routes.endpoint(
    "/budgets",
    "budget.change",
    methods=("PUT",),
    body=BudgetsForm,
    compares=True,
    again=lambda request, _: get(request),
    gives=BUDGETS,
)
def put(request: Request) -> Response:
    """Replace all budgets. Any that are left out are removed. Raising or removing one takes a `note`. People have signed in before,
    groups are those of people who have, and jobs are named by their ids."""
    form = read(BudgetsForm, request.json)
    check = if_match(request, partial(_record, request))
    changed = budget_holders.change(request.user, lambda _: form.policy(), form.note or "", request.now, check)
    return responses.as_json(_record(request, *changed))


def _record(request: Request, decided: Policy, stored: Setting | None, may_see_all: bool = True) -> dict[str, Any]:
    month = rules.month_of(request.now)
    own = reservations.read(rules.applying(decided, request.user.username, None, request.user.groups), month)
    return budgets_record(month, own, decided if may_see_all else None, stored)
