"""The mails about budgets: to whom a budget is about, or whom a job is, and about the site's to its admins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.budgets import rules
from chalicelib.budgets.models import BudgetEvent
from chalicelib.budgets.rules import Budget
from chalicelib.core.config import settings
from chalicelib.mail import outbox


def post(event: BudgetEvent, spending_id: str, budget: Budget, drawn: int, to: Iterable[str], now: datetime) -> None:
    """Tell these addresses of an event of a budget: once each, however many sweeps do."""
    month, _, key = spending_id.partition("/")
    context = {
        "event": event,
        "title": rules.title(key),
        "month": month,
        "budget": budget,
        "amount": rules.total([budget.micros]),
        "drawn": rules.total([drawn]),
        "percent": rules.percent(budget, drawn),
        "page": f"{settings().portal_url}/costs",
    }
    for address in sorted(set(to)):
        outbox.post(
            f"budget#{spending_id}#{rules.notice(event, budget)}#{address}", "budget_reached", address, context, now
        )
