"""The audit context: who is acting, through which channel, and what was done so far.

An entry point opens it; the services below record their effects in it. Services do not know the channel, and entry points do
not know which fields changed or what was created, so the context travels with the thread, as the logger's keys do. Where none
is open (dispatch, tasks, sweeps), effects are dropped.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
    """One action of one actor. `is_noop` when it had been done already."""

    actor: str
    channel: Channel
    action: str
    at: datetime
    effects: list[Effect] = field(default_factory=list)
    is_noop: bool = False


_current: ContextVar[AuditContext | None] = ContextVar("audit_context", default=None)


@contextmanager
def open_context(actor: str, channel: Channel, action: str, now: datetime) -> Iterator[AuditContext]:
    """Everything that services record in here belongs to this action."""
    context = AuditContext(actor, channel, action, now)
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def record_effect(kind: str, object_id: str, name: str, summary: str, fields: Sequence[str] = ()) -> None:
    """Note what was done to an object, such as "Extended it by 2 hours."."""
    if context := _current.get():
        context.effects.append(Effect(kind, object_id, name, summary, tuple(fields)))


def mark_noop() -> None:
    """The request repeats one that was carried out before, so it gets no entry of its own."""
    if context := _current.get():
        context.is_noop = True


def set_channel(channel: Channel, actor: str) -> None:
    """The action came through another channel than its entry point's, such as a mail's link, and is this person's."""
    if context := _current.get():
        context.channel, context.actor = channel, actor


def set_action(action: str) -> None:
    """Which action this is, where one entry point serves several."""
    if context := _current.get():
        context.action = action
