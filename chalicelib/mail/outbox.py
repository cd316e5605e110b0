"""Post a mail, once. A mail is a folder of templates: mails/<name>/{subject.txt,body.txt,body.html}."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import PutError
from pynamodb.expressions.update import Action

from chalicelib.aws import ses
from chalicelib.core import correlation, rendering
from chalicelib.core.config import settings
from chalicelib.core.errors import Unavailable
from chalicelib.core.observability import logger, measure
from chalicelib.core.tables import update_if, was_rejected
from chalicelib.mail.models import UNCONFIRMED, WAITING, Mail

CLAIM = timedelta(minutes=10)
"""How long one sender may be busy with a mail; and how long after it was recorded a sweep leaves it to its sender."""
MAX_LISTED = 100


def post(occasion: str, name: str, to: str, context: dict[str, Any], now: datetime) -> bool:
    """Record the mail for this occasion and send it; the same occasion again does nothing, and returns False.

    An SES that does not answer is no error: the mail stays in the outbox and the sweep sends it.
    """
    mail = Mail(
        occasion,
        to=to,
        subject=_subject(name, context),
        text=_text(name, context),
        html=rendering.render(f"mails/{name}/body.html", **context),
        pending=WAITING,
        correlation=correlation.current() or None,
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


def post_with_copy(
    occasion: str,
    name: str,
    to: str,
    context: dict[str, Any],
    now: datetime,
    copy_to: str | None,
    links: Sequence[str] = (),
) -> bool:
    """As `post`, and a copy to the team's address if there is one. The copy says whose it is, and has none of the `links`, which
    act in the name of the mail's reader.
    """
    is_new = post(occasion, name, to, context, now)
    if copy_to and copy_to != to:
        post(f"{occasion}#team", name, copy_to, context | dict.fromkeys(links, "") | {"copy_of": to}, now)
    return is_new


def flush(now: datetime) -> int:
    """Send what is still in the outbox; returns how many mails SES took.

    A mail that somebody claimed long ago and left so is not sent: nobody knows whether SES was asked.
    """
    sent = 0
    for mail in Mail.by_pending.query(WAITING, Mail.created_at < now - CLAIM):
        if not mail.claim:
            sent += _send(mail, now)
        elif now - mail.claimed_at >= CLAIM:
            _leave_in_doubt(mail, str(mail.claim))
    return sent


def unconfirmed() -> list[Mail]:
    """The mails of which nobody knows whether SES has sent them, the latest first."""
    return list(Mail.by_pending.query(UNCONFIRMED, scan_index_forward=False, limit=MAX_LISTED))


def _subject(name: str, context: dict[str, Any]) -> str:
    """One line, which names every stage but production, so that nobody takes a trial for the real thing."""
    stage = settings().trial_stage
    words = rendering.render(f"mails/{name}/subject.txt", **context).split()
    return " ".join([f"[{stage}]", *words] if stage else words)


def _text(name: str, context: dict[str, Any]) -> str:
    text = rendering.render(f"mails/{name}/body.txt", **context)
    return f"A copy, for the team, of a mail to {context['copy_of']}.\n\n{text}" if "copy_of" in context else text


def _send(mail: Mail, now: datetime) -> bool:
    """Claim the mail, hand it to SES, and write down what came of it: two senders never send one mail.

    What SES refuses, or was not reached with, is sent again later. What it did not answer, and what dies with us between
    claim and answer, is not: it may have been sent.
    """
    claim = secrets.token_hex(8)
    if not _claim(mail, claim, now):
        return False
    try:
        ses.send(settings().mail_from, mail.to, mail.subject, mail.text, mail.html, mail.correlation or "")
    except ses.Unconfirmed:
        _leave_in_doubt(mail, claim)
        return False
    except Unavailable:
        logger.warning("mail_postponed", extra={"mail": mail.id})
        update_if(mail, Mail.claim == claim, [Mail.claim.remove(), Mail.claimed_at.remove()])
        return False
    done: list[Action] = [Mail.pending.remove(), Mail.claim.remove(), Mail.claimed_at.remove(), Mail.sent_at.set(now)]
    update_if(mail, Mail.claim == claim, done)
    return True


def _claim(mail: Mail, claim: str, now: datetime) -> bool:
    """Whether the mail is ours to send. The SDK may write twice unseen by us; then the first one's claim is there, and ours."""
    free = (Mail.pending == WAITING) & Mail.claim.does_not_exist()
    if update_if(mail, free, [Mail.claim.set(claim), Mail.claimed_at.set(now), Mail.attempts.add(1)]):
        return True
    mail.refresh(consistent_read=True)
    return bool(mail.claim == claim)


def _leave_in_doubt(mail: Mail, claim: str) -> None:
    """Take the mail out of what is waiting, to where admins read of it."""
    in_doubt: list[Action] = [Mail.pending.set(UNCONFIRMED), Mail.claim.remove(), Mail.claimed_at.remove()]
    if update_if(mail, Mail.claim == claim, in_doubt):
        logger.warning("mail_unconfirmed", extra={"mail": mail.id})
        measure("MailUnconfirmed", about=mail.id)
