"""A record that an execution waits on: the token is kept on the record, and answered when the record says so."""

from __future__ import annotations

from datetime import datetime

from chalicelib.aws import step_functions
from chalicelib.core.tables import update_if
from chalicelib.jobflows.models import JobflowRecord


def store_token(record: JobflowRecord, token: str, awaiting: str, until: datetime | None) -> None:
    """Keep the token of the execution that begins to wait."""
    record.update(
        [
            type(record).token.set(token),
            type(record).awaiting.set(awaiting),
            type(record).awaiting_until.set(until) if until else type(record).awaiting_until.remove(),
        ]
    )


def wake(record: JobflowRecord, why: str) -> None:
    """Wake the execution that waits on this record, if one does. Waking twice is harmless.

    Raises:
        Unavailable: Step Functions does not answer; EventBridge or the sweep comes again.
    """
    token = record.token
    if not token:
        return
    step_functions.answer(token, why)
    update_if(record, type(record).token == token, [type(record).token.remove()])
