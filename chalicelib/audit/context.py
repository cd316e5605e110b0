"""The audit context: who is acting, through which channel, and what was done so far.

An entry point opens it; the services below record their effects in it. Services do not know the channel, and entry points do
not know which fields changed or what was created, so the context travels with the thread, as the logger's keys do. Where none
is open (dispatch, tasks, sweeps), effects are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.core.idempotency import Submission


class Channel(StrEnum):
    """How a request came in."""

    PORTAL = "portal"
    API = "api"
    MAIL_LINK = "mail link"
    OPERATOR = "operator"
    SYSTEM = "system"


SYSTEM_ACTOR = "atmo"
"""The actor of what the system does by itself."""


@dataclass(frozen=True)
class Effect:
    """What was done to one object: a sentence that holds no secret values, and the names of the changed fields."""

    kind: str
    object_id: str
    name: str
    summary: str
    fields: tuple[str, ...] = ()


@dataclass
class AuditContext:
    """One action of one actor. `key` is the request's, until it is stored; of an action that `has_steps`, each with a transaction
    of its own, at its end.
    `made` tells what came of it, for a repetition of the request to read. `latest` is the last effect, written or not."""

    actor: str
    channel: Channel
    action: str
    at: datetime
    key: Submission | None = None
    has_steps: bool = False
    made: str = ""
    latest: Effect | None = None


_current: ContextVar[AuditContext | None] = ContextVar("audit_context", default=None)


@contextmanager
def open_context(
    actor: str, channel: Channel, action: str, now: datetime, key: Submission | None = None
) -> Iterator[AuditContext]:
    """Everything that services record in here belongs to this action, and to the request with this key."""
    context = AuditContext(actor, channel, action, now, key=key)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def current() -> AuditContext | None:
    """The context that is open, or None."""
    return _current.get()


def note_outcome(effect: Effect) -> None:
    """What came of an action whose entries are written, for the next page to say."""
    if context := _current.get():
        context.latest = effect


def mark_steps(are_left: bool = True) -> None:
    """The action consists of several transactions, and repeating it completes it: its key is stored with the last one, before which
    no steps `are_left`, or when all are done."""
    if context := _current.get():
        context.has_steps = are_left


def note_made(made: str) -> None:
    """What came of an action that `has_steps` or that writes nothing: an id, or several with commas between them."""
    if context := _current.get():
        context.made = made


def by_system(action: str, now: datetime) -> AbstractContextManager[AuditContext]:
    """What the system does by itself in here is on the trail as this action."""
    return open_context(SYSTEM_ACTOR, Channel.SYSTEM, action, now)


def set_channel(channel: Channel, actor: str) -> None:
    """The action came through another channel than its entry point's, such as a mail's link, and is this person's."""
    if context := _current.get():
        context.channel, context.actor = channel, actor


def set_action(action: str) -> None:
    """Which action this is, where one entry point serves several."""
    if context := _current.get():
        context.action = action
