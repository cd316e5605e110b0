"""The mails about requests for more than a limit allows."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.config import settings
from chalicelib.identity import users
from chalicelib.identity.person import ADMINS
from chalicelib.mail import outbox
from chalicelib.mail.links import link
from chalicelib.mail.signed_links import LinkAction
from chalicelib.usage_limits import rules
from chalicelib.usage_limits.models import LimitRequest
from chalicelib.usage_limits.rules import Allowance


def post_request(request: LimitRequest, allowance: Allowance, now: datetime) -> None:
    """Tell every approver what somebody requests, with a link that grants it; once for each request."""
    page = f"{settings().portal_url}/admin/limits"
    for approver in users.members(ADMINS):
        if approver.username == request.person:
            continue
        occasion = f"limit-requested#{request.id}#{approver.username}"
        grant = link(LinkAction("limit.answer", request.id, approver.username), occasion, now, request.until)
        context = {"request": request, "allowance": allowance, "label": rules.LABELS[request.limit]}
        outbox.post(occasion, "limit_requested", approver.email, context | {"page": page, "grant": grant or page}, now)


def post_answer(request: LimitRequest, now: datetime) -> None:
    """Tell somebody what became of their request; once for each."""
    context = {"request": request, "label": rules.LABELS[request.limit], "page": f"{settings().portal_url}/limits"}
    outbox.post(f"limit-answered#{request.id}", "limit_answered", request.email, context, now)
