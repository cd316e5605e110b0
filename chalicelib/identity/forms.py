"""The form that makes an API token."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from chalicelib.core.errors import Invalid
from chalicelib.core.fields import Checked, Form, choice, refuse, text
from chalicelib.core.limits import LIMITS
from chalicelib.core.text import one_of

SCOPES = {"read": "Read only", "write": "Read and write"}


def _days(value: Any, context: Mapping[str, Any]) -> int:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | str)
        or str(value).strip() not in map(str, LIMITS.token_days)
    ):
        refuse(f"Choose {one_of(LIMITS.token_days)} days, or name a date.")
    return int(value)


def _date(value: Any, context: Mapping[str, Any]) -> date:
    try:
        return date.fromisoformat(value.strip())
    except (ValueError, AttributeError):
        refuse("Write the date as 2027-01-31.")


Day = Annotated[date, Checked(_date, {"type": "string", "format": "date"})]


class IssueToken(Form):
    """An API token to create: its purpose, what it may do, how long it lasts (`until`, the last day in UTC, overrides `days`)."""

    name: Annotated[
        str,
        text("Give the token a name of 1 to {limit:,} characters, so that you know later what it is for.", LIMITS.name),
    ]
    scope: Annotated[str, choice(SCOPES)] = "write"
    days: Annotated[int, Checked(_days, {"type": "integer", "enum": list(LIMITS.token_days)})] = 90
    until: Day | None = None

    def expires_at(self, now: datetime) -> datetime:
        """When the token ends.

        Raises:
            Invalid: the date has passed, or is more than a year away.
        """
        if self.until is None:
            return now + timedelta(days=self.days)
        if not now.date() <= self.until <= (now + timedelta(days=LIMITS.token_days[-1])).date():
            raise Invalid.field("until", "Choose a day from today on and within a year.")
        return datetime.combine(self.until, time(), UTC) + timedelta(days=1)
