"""The mails about budgets: to whom a budget is about, or whom a job is, and about the site's to its admins."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.budgets import rules
from chalicelib.budgets.rules import Budget
from chalicelib.core.config import settings
from chalicelib.mail import outbox


def post(event: str, spending_id: str, budget: Budget, drawn: int, to: Iterable[str], now: datetime) -> None:
    """Tell these addresses that a budget is nearly used up, used up, or spent so that what runs is ended: once each for an
    amount."""
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
        outbox.post(f"budget#{spending_id}#{budget.amount}#{event}#{address}", "budget_reached", address, context, now)
