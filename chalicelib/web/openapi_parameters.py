"""What the API's description says of the parameters that endpoints may have in their queries and headers."""

from __future__ import annotations

from typing import Any

from chalicelib.core import idempotency
from chalicelib.core.limits import LIMITS
from chalicelib.core.pagination import LOOKED_AT
from chalicelib.core.schemas import TEXT
from chalicelib.identity.access import Scope

_WINDOW = (
    f"Except by creation, {LOOKED_AT:,} records are searched and sorted at a time, the newest first: `searched` says among how "
    "many was looked and whether that was all, and `next` goes on."
)

QUERY: dict[str, dict[str, Any]] = {
    "limit": {
        "type": "integer",
        "minimum": LIMITS.page.low,
        "maximum": LIMITS.page.high,
        "default": LIMITS.page.default,
    },
    "cursor": {"type": "string", "description": "The `next` of the previous page."},
    "scope": {
        "type": "string",
        "enum": [str(scope) for scope in Scope],
        "default": str(Scope.MINE),
        "description": "Your own, those shared with you, or (for maintainers and admins) everybody's.",
    },
    "notebook": {"type": "string", "enum": ["yes", "no"], "default": "yes"},
    "q": {
        "type": "string",
        "maxLength": LIMITS.search,
        "description": "Only what has all these words in its texts, in whatever case. " + _WINDOW,
    },
    "status": {"type": "string", "description": "Only those with this status."},
    "last_run_status": {"type": "string", "description": "Only jobs whose last run has this status."},
    "trigger": {"type": "string", "description": "Only runs that were made for this reason."},
    "size": {"type": "string", "description": "Only those with so many workers."},
    "emr_release": {"type": "string", "description": "Only those with this EMR release."},
    "owner": {"type": "string", "description": "Only those of this person, by user name."},
    "job": {"type": "string", "description": "Only runs of this job, by its id; it may have been deleted."},
    "since": {
        "type": "string",
        "description": "Only what was made at or after this moment, or from this day on (in UTC).",
    },
    "until": {
        "type": "string",
        "description": "Only what was made before this moment, or until the end of this day (in UTC).",
    },
    "sort": {
        "type": "string",
        "description": "What the list is sorted by, descending with a minus. " + _WINDOW,
    },
    "kind": {"type": "string", "description": "Only those of this kind."},
    "channel": {"type": "string", "description": "Only what was done through this channel."},
    "action": {"type": "string", "description": "Only this action, such as job.run."},
    "level": {"type": "string", "description": "Only shares for this level."},
    "is_experimental": {"type": "string", "description": "Only releases that are, or are not, experimental."},
    "is_deprecated": {"type": "string", "description": "Only releases that are, or are not, deprecated."},
    "event": {"type": "string", "description": "Only deliveries of this event."},
    "from": {
        "type": "string",
        "description": "The first moment; a wall time of the job's zone where it has no offset.",
    },
    "to": {"type": "string", "description": "The moment after the last, likewise; now by default."},
    "schedule": {"type": "string", "minLength": 1, "description": "daily, weekly, monthly, or a cron expression."},
    "timezone": {"type": "string", "description": "The IANA name of the schedule's zone.", "default": "UTC"},
    "start_date": {
        "type": "string",
        "description": "When the schedule begins; a wall time of the zone where it has no offset.",
    },
    "end_date": {"type": "string", "description": "When the schedule ends, likewise."},
    "identifier": {"type": "string", "minLength": 1, "description": "The exact identifier, in whatever case."},
    "person": {"type": "string", "description": "A user name, or atmo for what the system did by itself."},
    "month": {"type": "string", "description": "A month in UTC such as 2026-11; the present one without it."},
    "object": {"type": "string", "description": "The id of a cluster, a job or a key, or a user name."},
    "state": {"type": "string", "default": "all"},
}
"""What the queries of some endpoints may have. What their endpoints declare as choices is added as `enum`."""
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": (
        "Send the same key when you repeat a request, and the answer is the first request's outcome as it is now. The same key "
        f"with other content is refused with 409. Keys are remembered for {idempotency.RETENTION.days} days."
    ),
    "schema": {"type": "string", "maxLength": LIMITS.idempotency_key},
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "description": (
        "The `ETag` of the record that you read. If the record has changed since, the answer is 412 and has the record as it is "
        "now. Without this header, the last change wins."
    ),
    "schema": TEXT,
}
