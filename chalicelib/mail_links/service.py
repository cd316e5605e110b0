"""Links in mails that do something: made with the mail, shown as a question, used once."""

from __future__ import annotations

from datetime import datetime

from pynamodb.exceptions import PutError

from chalicelib.audit import context as audit_context
from chalicelib.audit.context import Channel
from chalicelib.aws.secrets import secret
from chalicelib.core.config import settings
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.tables import find, was_rejected
from chalicelib.identity import users
from chalicelib.mail import signed_links
from chalicelib.mail_links.handlers import HANDLERS
from chalicelib.mail_links.link import Link, Question
from chalicelib.mail_links.models import UsedLink


def open_link(text: str, now: datetime) -> Link:
    """The link with this text. Nothing is done yet: programs that scan mails follow links too.

    Raises:
        NotFound: it is not a link of ours, it has expired, or its person is no longer known.
    """
    action, link_id, expires_at = signed_links.read(secret(settings().link_key_id), text, now)
    person = users.person(action.person)
    if person is None or action.action not in HANDLERS:
        raise NotFound("The account, cluster or job that this link is for no longer exists.")
    return Link(action, person, link_id, expires_at, find(UsedLink, link_id) is not None)


def refuse_used(link: Link) -> None:
    """Raises Conflict for a link that was used already."""
    if link.is_used:
        raise Conflict("This link has already been used; each link works once. Sign in to do more.")


def question(link: Link) -> Question:
    """What to ask before the action, and what to say when it is done; of a link that was used, to whoever may view the object.

    Raises:
        NotFound, Forbidden: the object is gone, or this person may not do this any more.
    """
    return HANDLERS[link.action.action].ask(link)


def use(link: Link, now: datetime) -> None:
    """Do what the link is for, unless that was done already, by the same button pressed twice. Each action is
    safe to repeat, so one that died half-way is completed by following it again.

    Raises:
        Conflict: it is not possible now, with the reason.
        NotFound, Forbidden: the object is gone, or this person may not do this any more.
    """
    if link.is_used:
        return
    audit_context.set_channel(Channel.MAIL_LINK, link.person.username)
    audit_context.set_action(link.action.action)
    HANDLERS[link.action.action].do(link, now)
    try:
        UsedLink(link.id, used_at=now, ttl=int(link.expires_at.timestamp())).save(UsedLink.id.does_not_exist())
    except PutError as error:
        if not was_rejected(error):
            raise
