"""The links of a mail that do something when their question is confirmed."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws.secrets import secret
from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import report_failure
from chalicelib.mail.signed_links import MAX_AGE, LinkAction, sign


def link(action: LinkAction, occasion: str, now: datetime, until: datetime | None = None) -> str:
    """The address of the question for this action, good until that moment or for a week; "" where there is no key:
    a mail without its links is better than none."""
    expires_at = min(until or now + MAX_AGE, now + MAX_AGE)
    try:
        key = secret(settings().link_key_id)
    except Unavailable:
        report_failure("link_left_out")
        return ""
    return f"{settings().portal_url}/links/{sign(key, action, occasion, expires_at)}"
