"""How the API represents an entry of the audit trail."""

from __future__ import annotations

from typing import Any

from chalicelib.audit import service as audit
from chalicelib.audit.context import Channel
from chalicelib.audit.models import AuditEntry
from chalicelib.core.schemas import TEXT, TIME, Record, many, maybe, one_of

ENTRY = Record(
    "AuditEntry", at=TIME, actor=TEXT, channel=one_of(Channel), action=TEXT, kind=TEXT, object=maybe(TEXT), name=maybe(TEXT),
    summary=TEXT, fields=many(TEXT),
)  # fmt: skip


def entry_record(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the API gives it."""
    return ENTRY.of(**audit.as_json(entry))
