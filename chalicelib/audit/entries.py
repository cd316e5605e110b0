"""An entry of the audit trail, made of an action and one of its effects."""

from __future__ import annotations

import secrets
from datetime import timedelta

from chalicelib.audit.context import AuditContext, Effect
from chalicelib.audit.models import AuditEntry
from chalicelib.core import clock, correlation

RETENTION = timedelta(days=365)
MAX_LENGTH = 300
"""Characters of a summary; the rest is cut off."""


def entry_of(context: AuditContext, effect: Effect) -> AuditEntry:
    """The entry, which is not stored yet."""
    return AuditEntry(
        f"{context.at:%Y-%m}", f"{clock.text(context.at)}#{secrets.token_hex(4)}",
        at=context.at, actor=context.actor, channel=context.channel, action=context.action, kind=effect.kind,
        object_id=effect.object_id or None, object_name=effect.name or None, summary=effect.summary[:MAX_LENGTH],
        fields=list(effect.fields) or None,
        correlation=correlation.current() or None, ttl=int((context.at + RETENTION).timestamp()),
    )  # fmt: skip
