"""Post a mail, once. A mail is a folder of templates: mails/<name>/{subject.txt,body.txt,body.html}."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError

from chalicelib import rendering
from chalicelib.aws import ses
from chalicelib.config import settings
from chalicelib.errors import Unavailable
from chalicelib.mails.models import Mail
from chalicelib.observability import logger, measure
from chalicelib.tables import update_if, was_rejected

CLAIM = timedelta(minutes=10)
"""How long one sender may be busy with a mail before another may take it up."""


def post(occasion: str, name: str, to: str, context: dict[str, Any], now: datetime) -> bool:
    """Record the mail for this occasion and send it; the same occasion again does nothing, and returns False.

    An SES that does not answer is no error: the mail stays in the outbox and the sweep sends it.
    """
    mail = Mail(
        occasion,
        to=to,
        subject=" ".join(rendering.render(f"mails/{name}/subject.txt", **context).split()),
        text=rendering.render(f"mails/{name}/body.txt", **context),
        html=rendering.render(f"mails/{name}/body.html", **context),
        pending="yes",
        created_at=now,
    )
    try:
        mail.save(Mail.id.does_not_exist())
    except PutError as error:
        if not was_rejected(error):
            raise
        return False
    measure("AlertPosted", about=occasion, mail=name)
    _send(mail, now)
    return True


def flush(now: datetime) -> int:
    """Send what is still in the outbox; returns how many mails SES took."""
    waiting = Mail.by_pending.query("yes", Mail.created_at < now - CLAIM)
    return sum(_send(mail, now) for mail in waiting)


def _send(mail: Mail, now: datetime) -> bool:
    """Claim the mail by its number of attempts, then hand it to SES: two senders never send the same attempt."""
    if not update_if(mail, (Mail.attempts == mail.attempts) & Mail.pending.exists(), [Mail.attempts.add(1)]):
        return False
    try:
        ses.send(settings().mail_from, mail.to, mail.subject, mail.text, mail.html)
    except Unavailable:
        logger.warning("mail_postponed", extra={"mail": mail.id})
        return False
    mail.update([Mail.pending.remove(), Mail.sent_at.set(now)])
    return True
